import { keep, kept } from './kept'

/** The languages Beep speaks. */
export const locales = ['en', 'fr'] as const
export type Locale = (typeof locales)[number]

const key = 'beep.locale'

const first = initial()
let current = $state<Locale>(first)
let tag = $state(regionOf(first))

function initial(): Locale {
  const chosen = kept(key)
  if (isLocale(chosen)) return chosen
  return (
    spoken()
      .map((tag) => tag.slice(0, 2))
      .find(isLocale) ?? 'en'
  )
}

/** What the browser says its person reads, best first. */
function spoken(): readonly string[] {
  return typeof navigator === 'undefined' ? [] : (navigator.languages ?? [])
}

export function isLocale(value: unknown): value is Locale {
  return locales.includes(value as Locale)
}

/** The language of this browser: what was chosen here, or else the browser's own. Reading it in a component follows changes. */
export const locale = {
  get current(): Locale {
    return current
  },
  /** The language with the region that the browser names for it, since en-GB and en-US write a time differently. */
  get tag(): string {
    return tag
  },
  set(next: Locale): void {
    current = next
    tag = regionOf(next)
    keep(key, next)
  },
}

function regionOf(language: Locale): string {
  return spoken().find((spoken) => spoken.startsWith(language + '-')) ?? language
}
