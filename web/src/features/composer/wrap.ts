import type { Edit } from '@/ui/writing/area'

/** The marks one can put around or before a selection. */
export type Format = 'bold' | 'italic' | 'strike' | 'spoiler' | 'code' | 'block' | 'quote' | 'list' | 'link' | 'mention'

const marks = { bold: '**', italic: '*', strike: '~~', spoiler: '||' } as const
const prefixes = { quote: '> ', list: '- ' } as const
const address = 'https://'

/** format gives the edit that puts a format on [start, end) of a text, or takes it off where it is there already. */
export function format(text: string, start: number, end: number, kind: Format): Edit {
  switch (kind) {
    case 'code':
      return text.slice(start, end).includes('\n')
        ? block(text, start, end)
        : inline(text, start, end, ticksFor(text.slice(start, end)))
    case 'block':
      return block(text, start, end)
    case 'quote':
    case 'list':
      return lines(text, start, end, prefixes[kind])
    case 'link':
      return link(text, start, end)
    case 'mention':
      return mention(text, end)
    default:
      return inline(text, start, end, marks[kind])
  }
}

function inline(text: string, start: number, end: number, mark: string): Edit {
  // Blanks inside the marks would keep them from working.
  while (start < end && /\s/.test(text[start] as string)) start++
  while (end > start && /\s/.test(text[end - 1] as string)) end--
  const n = mark.length
  const inner = text.slice(start, end)
  if (isMarked(text, start, end, mark)) return { from: start - n, to: end + n, insert: inner, start: start - n, end: end - n }
  if (inner.length > 2 * n && isMarked(text, start + n, end - n, mark))
    return { from: start, to: end, insert: inner.slice(n, -n), start, end: end - 2 * n }
  return { from: start, to: end, insert: mark + inner + mark, start: start + n, end: end + n }
}

/** isMarked tells whether the marks stand around [start, end); one star alone is no part of two. */
function isMarked(text: string, start: number, end: number, mark: string): boolean {
  const sign = mark[0] as string
  let before = 0
  while (text[start - before - 1] === sign) before++
  let after = 0
  while (text[end + after] === sign) after++
  const n = Math.min(before, after)
  if (sign === '*') return mark.length === 1 ? n === 1 || n >= 3 : n >= 2
  return sign === '`' ? before === mark.length && after === mark.length : n >= mark.length
}

/** Code that holds backticks needs a longer run of them around it. */
function ticksFor(inner: string): string {
  const longest = Math.max(0, ...[...inner.replace(/^`+|`+$/g, '').matchAll(/`+/g)].map(([run]) => run.length))
  return '`'.repeat(longest + 1)
}

function block(text: string, start: number, end: number): Edit {
  const inner = text.slice(start, end).replace(/^\n+|\n+$/g, '')
  const ticks = '`'.repeat(Math.max(3, ticksFor(inner).length))
  const head = (start === 0 || text[start - 1] === '\n' ? '' : '\n') + ticks + '\n'
  const tail = '\n' + ticks + (end === text.length || text[end] === '\n' ? '' : '\n')
  const at = start + head.length
  return { from: start, to: end, insert: head + inner + tail, start: at, end: at + inner.length }
}

function lines(text: string, start: number, end: number, prefix: string): Edit {
  const from = text.lastIndexOf('\n', start - 1) + 1
  const next = text.indexOf('\n', end)
  const to = next < 0 ? text.length : next
  const all = text.slice(from, to).split('\n')
  const off = all.every((line) => line.startsWith(prefix))
  const insert = all.map((line) => (off ? line.slice(prefix.length) : prefix + line)).join('\n')
  const at = from + insert.length
  return { from, to, insert, start: start === end ? at : from, end: at }
}

function link(text: string, start: number, end: number): Edit {
  const inner = text.slice(start, end)
  if (/^https?:\/\/\S+$/.test(inner)) return { from: start, to: end, insert: `[](${inner})`, start: start + 1, end: start + 1 }
  const insert = `[${inner}](${address})`
  if (inner === '') return { from: start, to: end, insert, start: start + 1, end: start + 1 }
  const at = start + inner.length + 3
  return { from: start, to: end, insert, start: at, end: at + address.length }
}

function mention(text: string, at: number): Edit {
  const insert = at === 0 || /\s/.test(text[at - 1] as string) ? '@' : ' @'
  return { from: at, to: at, insert, start: at + insert.length, end: at + insert.length }
}
