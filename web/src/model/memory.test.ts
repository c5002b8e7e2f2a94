import { expect, test } from 'vitest'
import { compareIds, locate, maxId } from './ids'
import { bury, count, dropLate, isCounted, keepLate, maxLate, maxRemembered, noneLate } from './memory'
import { message } from './testing'
import type { Counted, Tombstones } from './types'

test('ids are ordered as the numbers they are', () => {
  const sorted = ['', '0', '9', '10', '99', '100', '81985529216486700', '81985529216486701', '18446744073709551615']
  expect([...sorted].reverse().sort(compareIds)).toEqual(sorted)
  expect(maxId('9', '10')).toBe('10')
  expect(maxId('10', '')).toBe('10')
  expect(compareIds('7', '7')).toBe(0)
})

test('an id is found, or its place', () => {
  const list = ['9', '10', '100']
  const at = (id: string) => locate(list, id, (one) => one)
  expect(at('10')).toEqual({ at: 1, found: true })
  expect(at('8')).toEqual({ at: 0, found: false })
  expect(at('11')).toEqual({ at: 2, found: false })
  expect(at('101')).toEqual({ at: 3, found: false })
})

test('memory is bounded', () => {
  let gone: Tombstones = []
  let known: Counted = { upTo: '', ids: [] }
  const all = Array.from({ length: 3 * maxRemembered }, (_, i) => String(i + 1))
  for (const id of all) {
    gone = bury(gone, id)
    expect(bury(gone, id)).toBe(gone)
    const next = count(known, id)
    expect(next).not.toBe(known)
    expect(count(next, id)).toBe(next)
    known = next
  }
  const newest = all.at(-1) ?? ''
  expect(gone).toHaveLength(maxRemembered)
  expect(known.ids).toHaveLength(maxRemembered)
  expect(gone.includes(newest)).toBe(true)
  expect(gone.includes('1'), 'the oldest go first').toBe(false)
  expect(isCounted(known, '1'), 'what fell out still counts as counted').toBe(true)
  expect(count(known, '2')).toBe(known)
})

test('late messages: the newest version, the newest to arrive, and what fell out', () => {
  let late = keepLate(noneLate, message('5'))
  expect(keepLate(late, message('5'))).toBe(late)
  for (let id = 6; id < 5 + maxLate; id++) late = keepLate(late, message(String(id)))
  late = keepLate(late, message('5', { version: 2 }))
  late = keepLate(late, message('99'))
  expect(late.messages).toHaveLength(maxLate)
  expect(late.messages.find(({ id }) => id === '5')?.version).toBe(2)
  expect(late.missed).toBe('6')
  expect(dropLate(late, ({ id }) => id === '404')).toBe(late)
  expect(dropLate(late, () => true).messages).toEqual([])
})
