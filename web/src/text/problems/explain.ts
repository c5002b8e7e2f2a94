import { errors } from '@contract/errors.gen'
import { locale } from '../locale.svelte'
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
