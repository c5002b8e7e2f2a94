import { expect, test } from 'vitest'
import { buildRows } from '@/model/rows'
import type { Message } from '@contract/types.gen'
import { entriesOf, entryOf, lineOf, step } from './entries'

const message = (id: string, more: Partial<Message> = {}) =>
  ({
    id,
    type: 'message',
    author: { id: '7' },
    content: 'hi',
    mentions: { users: [], everyone: false },
    reply_to: null,
    created_at: '2025-03-14T10:00:00.000Z',
    ...more,
  }) as unknown as Message

const rows = buildRows([message('1'), message('2', { author: { id: '9' } as Message['author'], nonce: 'n' })], [], {
  unreadAfter: '1',
  me: '9',
})
const kinds = (page: { atStart: boolean; atEnd: boolean }) => entriesOf(rows, page).map(({ kind }) => kind)

test('the edges say how far the page reaches', () => {
  expect(kinds({ atStart: true, atEnd: true })).toEqual(['start', 'day', 'message', 'message', 'foot'])
  expect(kinds({ atStart: false, atEnd: false })).toEqual(['older', 'day', 'message', 'message', 'newer'])
})

test('one’s own message is found by its id, though its row has the name of its nonce', () => {
  const found = entryOf(rows, '2')
  expect(found).toMatchObject({ kind: 'message', key: 'nonce:n' })
  expect(entryOf(rows, '3')).toBeUndefined()
})

test('the arrow keys walk over messages only', () => {
  const entries = entriesOf(rows, { atStart: true, atEnd: true })
  expect(step(entries, entries.length, -1)).toMatchObject({ message: { id: '2' } })
  expect(step(entries, 3, -1)).toMatchObject({ message: { id: '1' } })
  expect(step(entries, 2, -1)).toBeUndefined()
  expect(step(entries, 3, 1)).toBeUndefined()
})

test('only messages hold the view; long ones are expected to be higher', () => {
  const lines = entriesOf(rows, { atStart: false, atEnd: true }).map(lineOf)
  expect(lines.map(({ anchor }) => anchor)).toEqual([false, false, true, true, false])
  const [long] = buildRows([message('1', { content: 'x'.repeat(1000) })], [], { unreadAfter: '', me: '9' }).slice(1)
  expect(long && lineOf(long).estimate).toBeGreaterThan(300)
})
