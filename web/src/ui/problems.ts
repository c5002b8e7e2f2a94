import { errors } from '@contract/errors.gen'
import { locale } from '@/text/locale.svelte'
import { t } from './texts'

/** What happened and what to do, for people. The node's own words where it answered. */
export function explain(error: unknown): string {
  const code = codeOf(error)
  if (code === 'unreachable' || code === 'timeout') return t(code)
  if (!Object.hasOwn(errors, code)) return t('unknown')
  const told = error instanceof Error ? error.message : ''
  return told && told !== code ? told : errors[code as keyof typeof errors][locale.current]
}

/** The code of a Problem, "" for anything else that was thrown. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

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
