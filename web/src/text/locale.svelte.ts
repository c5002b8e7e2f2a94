/** The languages Beep speaks. */
export const locales = ['en', 'fr'] as const
export type Locale = (typeof locales)[number]

const kept = 'beep.locale'

let current = $state<Locale>(initial())

function initial(): Locale {
  if (typeof localStorage === 'undefined') return 'en'
  const chosen = localStorage.getItem(kept)
  if (isLocale(chosen)) return chosen
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLocale) ?? 'en'
}

export function isLocale(value: unknown): value is Locale {
  return locales.includes(value as Locale)
}

/** The language of this browser: what was chosen here, or else the browser's own. Reading it in a component follows changes. */
export const locale = {
  get current(): Locale {
    return current
  },
  set(next: Locale): void {
    current = next
    localStorage.setItem(kept, next)
    document.documentElement.lang = next
  },
}
