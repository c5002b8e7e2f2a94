/** How long an invite lives, in seconds; 0: for ever. */
export const lives = [1800, 3600, 21_600, 43_200, 86_400, 604_800, 2_592_000, 0] as const
/** How often an invite may be used; 0: without bound. */
export const useCounts = [0, 1, 5, 10, 25, 50, 100] as const

export type Life = (typeof lives)[number]
export type Uses = (typeof useCounts)[number]

/** What an invite is made with unless one asks for something else: seven days, for as many as come. */
export const usualLife: Life = 604_800
export const usualUses: Uses = 0

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** lifeWords says how long an invite lives: 7 days, 30 minutes; "" for one that lives for ever. */
export function lifeWords(seconds: number, locale: string): string {
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? []
  if (!unit) return ''
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(Math.round(seconds / size))
}
