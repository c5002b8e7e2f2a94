import { problemOf } from './line'
import { t } from './texts'

/** What happened, for people: the node's own words where it answered. */
export function tell(error: unknown): string {
  const { code, message } = problemOf(error)
  if (code === 'unreachable' || code === 'timeout') return t(code)
  return message && message !== code ? message : t('unknown')
}
