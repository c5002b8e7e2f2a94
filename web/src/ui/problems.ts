import { locale } from '@/text/locale.svelte'

export { codeOf, explain } from '@/text/problems/explain'

/** A time to wait, rounded up: 4 seconds, 2 minutes. */
export function waitText(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000))
  if (seconds < 90) return amount(seconds, 'second')
  if (seconds < 90 * 60) return amount(Math.ceil(seconds / 60), 'minute')
  return amount(Math.ceil(seconds / 3600), 'hour')
}

function amount(value: number, unit: 'second' | 'minute' | 'hour'): string {
  return new Intl.NumberFormat(locale.current, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
}
