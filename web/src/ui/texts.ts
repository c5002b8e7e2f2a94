import { texts } from '@/text/texts'

export const t = texts('ui', {
  en: {
    close: 'Close',
    dismiss: 'Dismiss',
    loading: 'Loading',
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    passwordAdvice: 'Four words are easier to keep than symbols.',
    passwordShort: { one: '{n} more character needed.', other: '{n} more characters needed.' },
    passwordWeak: 'Weak.',
    passwordFair: 'Fair.',
    passwordStrong: 'Strong.',
    passwordVeryStrong: 'Very strong.',
  },
  fr: {
    close: 'Fermer',
    dismiss: 'Masquer',
    loading: 'Chargement',
    showPassword: 'Afficher le mot de passe',
    hidePassword: 'Masquer le mot de passe',
    passwordAdvice: 'Quatre mots se retiennent mieux que des symboles.',
    passwordShort: { one: 'Encore {n} caractère.', other: 'Encore {n} caractères.' },
    passwordWeak: 'Faible.',
    passwordFair: 'Moyen.',
    passwordStrong: 'Solide.',
    passwordVeryStrong: 'Très solide.',
  },
})
