import { locale } from '@/text/locale.svelte'
import { t } from './texts'

/** A rate limit: so many in so many seconds. */
export interface Rate {
  readonly count: number
  readonly seconds: number
}

const seconds = { h: 3600, m: 60, s: 1 } as const

/** rateOf reads COUNT/TIME as the node writes it, such as 10/10s or 30/1m30s; null for "0" (no limit) and for other forms. */
export function rateOf(text: string): Rate | null {
  const found = /^(\d+)\/((?:\d+[hms])+)$/.exec(text)
  if (!found) return null
  let total = 0
  for (const [, n, unit] of (found[2] as string).matchAll(/(\d+)([hms])/g))
    total += Number(n) * seconds[unit as keyof typeof seconds]
  const count = Number(found[1])
  return count > 0 && total > 0 ? { count, seconds: total } : null
}

/** rateText says a rate limit in words. */
export function rateText(text: string): string {
  const rate = rateOf(text)
  if (!rate) return t('rateUnknown')
  if (rate.count === 10 && rate.seconds === 10) return t('rateDefault')
  return t('rate', { n: rate.count, time: timeText(rate.seconds) })
}

function timeText(seconds: number): string {
  const [unit, size] =
    seconds % 3600 === 0 ? (['hour', 3600] as const) : seconds % 60 === 0 ? (['minute', 60] as const) : (['second', 1] as const)
  return new Intl.NumberFormat(locale.current, { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / size)
}
