import { texts } from '@/text/texts'

export const t = texts('ui/writing', {
  en: {
    left: { one: '{n} left', other: '{n} left' },
    over: { one: '{n} too many', other: '{n} too many' },
    too_long: {
      one: 'The message is too long: {n} character is the limit',
      other: 'The message is too long: {n} characters are the limit',
    },
  },
  fr: {
    left: { one: 'reste {n}', other: 'reste {n}' },
    over: { one: '{n} de trop', other: '{n} de trop' },
    too_long: {
      one: 'Le message est trop long\u202f: la limite est de {n} caractère',
      other: 'Le message est trop long\u202f: la limite est de {n} caractères',
    },
  },
})
