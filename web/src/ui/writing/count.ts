import { codePoints } from '@/text/code_points'
import { t } from './texts'

/** How much of the limit a text takes, once it is worth a word. */
export interface Count {
  /** Characters that still fit; negative when the text is too long. */
  readonly left: number
  readonly over: boolean
}

/** Why a text cannot be sent. */
export type Refusal = 'empty' | 'tooLong'

/** From this share of the limit on the count is shown. */
const shownFrom = 0.8

/** countOf compares a text with the limit; null while it is far from it, or where there is none (0). */
export function countOf(text: string, limit: number): Count | null {
  // A text never has more code points than units, so most keystrokes need no counting.
  if (limit <= 0 || text.length < limit * shownFrom) return null
  const n = codePoints(text)
  return n < limit * shownFrom ? null : { left: limit - n, over: n > limit }
}

/** refusalOf tells why a text cannot be sent; null when it can. */
export function refusalOf(text: string, limit: number): Refusal | null {
  if (text === '') return 'empty'
  return countOf(text, limit)?.over ? 'tooLong' : null
}

/** tooLong says that a text is over the limit. */
export const tooLong = (limit: number) => t('too_long', { n: limit })
