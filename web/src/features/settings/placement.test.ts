import { expect, test } from 'vitest'
import { place, type Placed } from './placement'

const siblings = (...positions: number[]): Placed[] => positions.map((position, at) => ({ id: String(at + 1), position }))

function after(before: Placed[], from: number, to: number): string {
  const changed = new Map(place(before, from, to).map(({ id, position }) => [id, position]))
  return before
    .map(({ id, position }) => ({ id, position: changed.get(id) ?? position }))
    .sort((a, b) => a.position - b.position || Number(a.id) - Number(b.id))
    .map(({ id }) => id)
    .join('')
}

test.each([
  ['up', siblings(0, 3, 7), 2, 1, '132'],
  ['down', siblings(0, 3, 7), 0, 1, '213'],
  ['to the front', siblings(0, 3, 7), 2, 0, '312'],
  ['all the same', siblings(0, 0, 0, 0), 3, 2, '1243'],
  ['all the same, down', siblings(5, 5, 5), 0, 1, '213'],
  ['twins before', siblings(1, 1, 2, 9), 2, 3, '1243'],
])('%s', (_, before, from, to, order) => expect(after(before, from, to)).toBe(order))

test('neighbours that differ change places, and no other moves', () => {
  expect(place(siblings(0, 3, 7, 9), 1, 2)).toEqual([
    { id: '3', position: 3 },
    { id: '2', position: 7 },
  ])
})

test('nothing to move', () => expect(place([], 0, 1)).toEqual([]))
