import { texts } from '@/text/texts'

export const t = texts('app', {
  en: {
    unreachable_title: 'Beep is out of reach',
    retry: 'Try again',
    loading: 'Loading Beep',
    nowhere_title: 'Nothing at this address',
    nowhere_text: 'The link may be old, or cut off at its end.',
    to_start: 'Go to the start',
    revoked: 'You were signed out: this session was ended on another device.',
    expired: 'Your session has ended. Sign in again; your drafts are still here.',
    signed_out: 'You are signed out.',
    forgetful: 'This browser keeps nothing for Beep: what you write and do not send goes with the tab.',
  },
  fr: {
    unreachable_title: 'Beep est injoignable',
    retry: 'Réessayer',
    loading: 'Chargement de Beep',
    nowhere_title: 'Rien à cette adresse',
    nowhere_text: 'Le lien est peut-être ancien, ou coupé à la fin.',
    to_start: 'Aller au début',
    revoked: 'Vous avez été déconnecté : cette session a été fermée depuis un autre appareil.',
    expired: 'Votre session est terminée. Reconnectez-vous ; vos brouillons sont toujours là.',
    signed_out: 'Vous êtes déconnecté.',
    forgetful: 'Ce navigateur ne conserve rien pour Beep : ce que vous écrivez sans l’envoyer disparaît avec l’onglet.',
  },
})
