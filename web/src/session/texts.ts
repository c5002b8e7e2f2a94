import { texts } from '@/text/texts'

/** The texts of failures that no node told. */
export const t = texts('session', {
  en: {
    unreachable: 'The server cannot be reached.',
    timeout: 'The server took too long to answer.',
    unknown: 'Something unexpected happened.',
  },
  fr: {
    unreachable: 'Le serveur est injoignable.',
    timeout: 'Le serveur a mis trop de temps à répondre.',
    unknown: 'Une erreur inattendue est survenue.',
  },
})
