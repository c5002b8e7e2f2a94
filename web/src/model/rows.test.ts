import { describe, expect, test } from 'vitest'
import type { Message } from '@contract/types.gen'
import { buildRows, groupWithinMs, Rows, type Row } from './rows'
import { face, me, message as plain } from './testing'
import type { Pending } from './types'

const noon = new Date(2026, 2, 2, 12).getTime()
const minute = 60_000

/** A message sent some milliseconds after noon. */
const message = (id: number, after: number, change: Partial<Message> = {}) =>
  plain(String(id), { created_at: new Date(noon + after).toISOString(), ...change })

const pending = (nonce: string, after: number, change: Partial<Pending> = {}): Pending => ({
  nonce,
  channel: '50',
  content: nonce,
  replyTo: null,
  at: noon + after,
  fate: { kind: 'sending' },
  ...change,
})

const options = { unreadAfter: '', me }
const mine = { author: face(me) }

/** Rows in short: "day", "unread", the id of a message (with > where it starts a group), the nonce of a pending one. */
function short(rows: readonly Row[]): string {
  const one = (row: Row) => {
    if (row.kind === 'message') return (row.first ? '>' : '') + row.message.id
    if (row.kind === 'pending') return (row.first ? '>' : '') + row.pending.nonce
    return row.kind === 'system' ? 'system' : row.kind
  }
  return rows.map(one).join(' ')
}

const rowsOf = (messages: Message[], more: Partial<typeof options> = {}, waiting: Pending[] = []) =>
  buildRows(messages, waiting, { ...options, ...more })

describe('groups', () => {
  test.each<[string, Message[], string]>([
    ['nothing', [], ''],
    ['one author', [message(1, 0), message(2, minute)], 'day >1 2'],
    ['another author', [message(1, 0), message(2, 1, mine), message(3, 2)], 'day >1 >2 >3'],
    ['a pause of just 7 minutes', [message(1, 0), message(2, groupWithinMs)], 'day >1 2'],
    ['a longer pause', [message(1, 0), message(2, groupWithinMs + 1)], 'day >1 >2'],
    ['short pauses add up', [message(1, 0), message(2, 5 * minute), message(3, 10 * minute)], 'day >1 2 3'],
    [
      'a reply',
      [message(1, 0), message(2, 1, { reply_to: { id: '1', author_id: '2', excerpt: '' } }), message(3, 2)],
      'day >1 >2 3',
    ],
    ['a message of the node', [message(1, 0), message(2, 1, { type: 'member_joined' }), message(3, 2)], 'day >1 system >3'],
    ['another day', [message(1, 0), message(2, 12 * 60 * minute)], 'day >1 day >2'],
    ['midnight between two minutes', [message(1, 719 * minute), message(2, 720 * minute)], 'day >1 day >2'],
    ['a clock that went back over midnight', [message(1, 720 * minute), message(2, 719 * minute)], 'day >1 2'],
  ])('%s', (_, messages, want) => expect(short(rowsOf(messages))).toBe(want))
})

describe('the unread line', () => {
  const some = [message(9, 0), message(10, 1), message(11, 2)]

  test.each<[string, Message[], string, string]>([
    ['after the mark, and numbers are not texts', some, '9', 'day >9 unread >10 11'],
    ['nothing is new', some, '11', 'day >9 10 11'],
    ['not wanted', some, '', 'day >9 10 11'],
    ['never read', some, '0', 'day unread >9 10 11'],
    ['the mark is deleted', [some[0], some[2]] as Message[], '10', 'day >9 unread >11'],
    ['own messages are not new', [message(9, 0), message(10, 1, mine), message(11, 2)], '9', 'day >9 >10 unread >11'],
  ])('%s', (_, messages, unreadAfter, want) => expect(short(rowsOf(messages, { unreadAfter }))).toBe(want))

  test('since when', () => {
    expect(rowsOf(some, { unreadAfter: '9' })[2]).toEqual({ kind: 'unread', key: 'unread', since: new Date(noon + 1) })
  })
})

test('whom a message names', () => {
  const naming = (users: string[], everyone = false) => message(1, 0, { mentions: { users, roles: [], channels: [], everyone } })
  const forMe = (one: Message) => rowsOf([one]).some((row) => row.kind === 'message' && row.forMe)
  expect([naming([]), naming(['3']), naming([me]), naming([], true)].map(forMe)).toEqual([false, false, true, true])
})

describe('messages on their way', () => {
  test('they come last, and join the group', () => {
    expect(short(rowsOf([message(1, 0, mine)], {}, [pending('a', 1), pending('b', 2)]))).toBe('day >1 a b')
    expect(short(rowsOf([message(1, 0)], {}, [pending('a', 1), pending('b', 1440 * minute)]))).toBe('day >1 >a day >b')
    expect(short(rowsOf([], {}, [pending('a', 1), pending('b', 2, { replyTo: { id: '1', authorId: '2', excerpt: '' } })]))).toBe(
      'day >a >b',
    )
  })

  test('the one that arrived takes the place of its pending one', () => {
    const before = rowsOf([], {}, [pending('a', 1)])
    const after = rowsOf([message(1, 5, { ...mine, nonce: 'a' })], {}, [pending('a', 1)])
    expect(short(after)).toBe('day >1')
    expect(after.map(({ key }) => key)).toEqual(before.map(({ key }) => key))
  })

  test('keys are unique, whatever nonces clients make', () => {
    const twice = [message(1, 0, { ...mine, nonce: '2' }), message(2, 1, { ...mine, nonce: '2' }), message(3, 2, { nonce: '3' })]
    const keys = rowsOf(twice, {}, [pending('2', 3), pending('x', 4), pending('x', 5)]).map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.slice(1)).toEqual(['nonce:2', '2', '3', 'nonce:x'])
  })
})

describe('what did not change stays the same', () => {
  const some = [message(1, 0), message(2, 1), message(3, 2, { type: 'member_joined' })]

  test('the whole list', () => {
    const rows = new Rows()
    const first = rows.update(some, [], { unreadAfter: '1', me })
    expect(first.length).toBe(5)
    expect(rows.update([...some], [], { unreadAfter: '1', me })).toBe(first)
  })

  test('every row but the new, the changed and the regrouped', () => {
    const rows = new Rows()
    const [day, one, , joined] = rows.update(some, [], options)
    const edited = message(2, 1, { version: 2 })
    const next = rows.update([some[0], edited, some[2], message(4, 3)] as Message[], [], options)
    expect(next[0]).toBe(day)
    expect(next[1]).toBe(one)
    expect(next[2]).toMatchObject({ message: edited })
    expect(next[3]).toBe(joined)
    const older = rows.update([message(0, -1), ...some], [], options)
    expect(older[0]).toBe(day)
    expect(older[2]).toMatchObject({ key: '1', first: false })
  })

  test('a row whose kind changes under its key is a new one', () => {
    const rows = new Rows()
    rows.update([], [pending('a', 1)], options)
    expect(short(rows.update([message(1, 1, { ...mine, nonce: 'a' })], [], options))).toBe('day >1')
  })
})
