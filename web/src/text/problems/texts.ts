import { texts } from '../texts'

/** The texts of failures that no node told. */
export const t = texts('text/problems', {
  en: {
    unreachable: 'Beep cannot be reached. Check your connection, then try again.',
    timeout: 'Beep took too long to answer. Try again in a moment.',
    unknown: 'Something unexpected happened. Try again, or reload the page.',
  },
  fr: {
    unreachable: 'Beep est injoignable. Vérifiez votre connexion, puis réessayez.',
    timeout: 'Beep a mis trop de temps à répondre. Réessayez dans un instant.',
    unknown: 'Un imprévu est survenu. Réessayez ou rechargez la page.',
  },
})
