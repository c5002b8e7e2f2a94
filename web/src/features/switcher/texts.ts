import { texts } from '@/text/texts'

/** The texts of the quick switcher. */
export const t = texts('features/switcher', {
  en: {
    title: 'Jump to',
    field: 'Channel, server or settings page',
    results: 'Places',
    nothing: 'Nothing found',
    nothingFor: 'No channel, server or settings page is called “{query}”.',
    server: 'server',
    settings: 'settings',
    profile: 'Profile',
    password: 'Password',
    sessions: 'Sessions',
    appearance: 'Appearance',
    unread: 'unread',
    mentions: { one: '{n} mention', other: '{n} mentions' },
  },
  fr: {
    title: 'Aller à',
    field: 'Salon, serveur ou page de réglages',
    results: 'Lieux',
    nothing: 'Rien trouvé',
    nothingFor: 'Aucun salon, serveur ou page de réglages ne s’appelle « {query} ».',
    server: 'serveur',
    settings: 'réglages',
    profile: 'Profil',
    password: 'Mot de passe',
    sessions: 'Sessions',
    appearance: 'Apparence',
    unread: 'non lu',
    mentions: { one: '{n} mention', other: '{n} mentions' },
  },
})
