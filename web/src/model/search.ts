/** A stretch of a text: from its first UTF-16 unit to the one after its last. */
export type Range = readonly [start: number, end: number]

/** How well a query fits a text, and where; higher is better. */
export interface Match {
  score: number
  ranges: Range[]
}

// Steps between the kinds of fit, wide enough that no detail lifts a match into the next kind.
const whole = 5000
const prefix = 4000
const wordPrefix = 3000
const substring = 2000
const subsequence = 1000
const detail = 999

/**
 * match compares without case and accents: the beginning of the text fits better than the beginning of a word, that better than what
 * is inside one, and letters in the right order fit at least. Earlier and in a shorter text is better. An empty query fits all.
 */
export function match(query: string, text: string): Match | null {
  const wanted = fold(query.trim()).text
  const folded = fold(text)
  if (wanted === '') return { score: 0, ranges: [] }
  const at = placeOf(wanted, folded.text)
  if (at < 0) return scattered(wanted.replaceAll(' ', ''), folded)
  const kind = kindOf(wanted, folded.text, at)
  return { score: kind - Math.min(detail, at * 4 + folded.text.length), ranges: [folded.range(at, at + wanted.length)] }
}

/** rank is the score of match alone. */
export const rank = (query: string, text: string): number | null => match(query, text)?.score ?? null

function kindOf(wanted: string, text: string, at: number): number {
  if (text === wanted) return whole
  if (at === 0) return prefix
  return startsWord(text, at) ? wordPrefix : substring
}

/** The first place at the beginning of a word, or else the first one. */
function placeOf(wanted: string, text: string): number {
  const first = text.indexOf(wanted)
  for (let at = first; at >= 0; at = text.indexOf(wanted, at + 1)) if (startsWord(text, at)) return at
  return first
}

const startsWord = (text: string, at: number) => at === 0 || !/[\p{L}\p{N}]/u.test(text.charAt(at - 1))

function scattered(wanted: string, folded: Folded): Match | null {
  const ranges: Range[] = []
  let at = -1
  let gaps = 0
  for (const letter of wanted) {
    const next = folded.text.indexOf(letter, at + 1)
    if (next < 0) return null
    if (next > at + 1 || at < 0) gaps += next - at - 1
    append(ranges, folded.range(next, next + letter.length))
    at = next + letter.length - 1
  }
  return { score: subsequence - Math.min(detail, gaps * 4 + folded.text.length), ranges }
}

function append(ranges: Range[], [start, end]: Range): void {
  const last = ranges.at(-1)
  if (last && start <= last[1]) ranges[ranges.length - 1] = [last[0], Math.max(end, last[1])]
  else ranges.push([start, end])
}

interface Folded {
  text: string
  /** The stretch of the original that became a stretch of the folded text. */
  range(start: number, end: number): Range
}

// Letters that NFD does not take apart.
const spelled: Record<string, string> = { œ: 'oe', æ: 'ae', ß: 'ss', ø: 'o', ł: 'l', đ: 'd' }

const ascii = /^[\0-\x7f]*$/

/** Names are compared again at every key: what was folded is kept, up to a bound. */
const kept = new Map<string, Folded>()
const mostKept = 20_000

function fold(text: string): Folded {
  const known = kept.get(text)
  if (known) return known
  const folded = ascii.test(text) ? foldPlain(text) : foldAny(text)
  if (kept.size >= mostKept) kept.clear()
  kept.set(text, folded)
  return folded
}

const foldPlain = (text: string): Folded => ({ text: text.toLowerCase(), range: (start, end) => [start, end] })

function foldAny(text: string): Folded {
  const starts: number[] = []
  let folded = ''
  let from = 0
  for (const letter of text) {
    const lower = letter.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
    const plain = spelled[lower] ?? lower
    for (let i = 0; i < plain.length; i++) starts.push(from)
    folded += plain
    from += letter.length
  }
  const startOf = (at: number) => starts[at] ?? text.length
  // Up to the next letter: the accents that follow this one belong to it.
  const endOf = (last: number) => starts.find((start, at) => at > last && start > startOf(last)) ?? text.length
  return { text: folded, range: (start, end) => [startOf(start), endOf(end - 1)] }
}
