import { expect, test } from 'vitest'
import { place } from './place'

const view = { width: 1000, height: 800 }
const menu = { width: 200, height: 300 }
const box = (left: number, top: number, width = 32, height = 32) => ({ left, top, right: left + width, bottom: top + height })

test.each([
  ['below and flush left', box(100, 100), { left: 100, top: 136 }],
  ['above where there is no room below', box(100, 700), { left: 100, top: 396 }],
  ['flush right where there is no room to the right', box(950, 100), { left: 782, top: 136 }],
  ['never over the right edge', box(990, 100), { left: 792, top: 136 }],
  ['never over the left edge', box(-50, 100), { left: 8, top: 136 }],
  ['at a point', box(400, 200, 0, 0), { left: 400, top: 204 }],
])('%s', (_, anchor, want) => expect(place(anchor, menu, view)).toEqual(want))

test('one that fits nowhere begins at the top', () => {
  expect(place(box(10, 350), { width: 200, height: 900 }, view).top).toBe(8)
})
