import type { Row } from '@/model/rows'
import type { Page } from '@/model/types'
import type { Line } from './virtual'

/** The edges of what is loaded: the channel's beginning, a side that is yet to be loaded, or the end of all. */
export interface EdgeRow {
  readonly kind: 'start' | 'older' | 'newer' | 'foot'
  readonly key: string
}

/** What the log lists. */
export type Entry = Row | EdgeRow

const edge = (kind: EdgeRow['kind']): EdgeRow => ({ kind, key: kind })
const start = edge('start')
const older = edge('older')
const newer = edge('newer')
const foot = edge('foot')

/** entriesOf sets the edges around the rows of a page. */
export function entriesOf(rows: readonly Row[], page: Pick<Page, 'atStart' | 'atEnd'>): Entry[] {
  return [page.atStart ? start : older, ...rows, page.atEnd ? foot : newer]
}

/** Whether a row can be walked to by the arrow keys: it is a message. */
export const isMessage = (entry: Entry) => entry.kind === 'message' || entry.kind === 'system' || entry.kind === 'pending'

/** Characters that go on a line of a message, about. */
const lineCharacters = 72

const lines = new WeakMap<Entry, Line>()

/** lineOf tells the arithmetic of the list about an entry. Estimates are near the heights that log.css gives, in px. */
export function lineOf(entry: Entry): Line {
  const known = lines.get(entry)
  if (known) return known
  const line = { key: entry.key, estimate: estimate(entry), anchor: isMessage(entry) }
  lines.set(entry, line)
  return line
}

function estimate(entry: Entry): number {
  switch (entry.kind) {
    case 'message':
      return textHeight(entry.message.content) + (entry.first ? 37 : 5) + (entry.message.reply_to ? 23 : 0)
    case 'pending':
      return textHeight(entry.pending.content) + (entry.first ? 37 : 5)
    case 'system':
      return 36
    case 'day':
      return 40
    case 'unread':
      return 36
    case 'start':
      return 130
    case 'foot':
      return 10
    default:
      return 220
  }
}

function textHeight(content: string): number {
  let lines = 0
  for (const line of content.split('\n')) lines += Math.max(1, Math.ceil(line.length / lineCharacters))
  return lines * 22
}

/** The entry of a message. Its key may be that of the pending message it once was. */
export function entryOf(entries: readonly Entry[], message: string): Entry | undefined {
  return entries.find((entry) => (entry.kind === 'message' || entry.kind === 'system') && entry.message.id === message)
}

/** The next message before or after a place of the list; undefined where there is none. */
export function step(entries: readonly Entry[], from: number, by: 1 | -1): Entry | undefined {
  for (let i = from + by; i >= 0 && i < entries.length; i += by) {
    const entry = entries[i]
    if (entry && isMessage(entry)) return entry
  }
  return undefined
}
