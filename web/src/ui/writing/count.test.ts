import { expect, test } from 'vitest'
import { codePoints } from '@/text/code_points'
import { countOf, refusalOf } from './count'

test('code points are counted, as the node does', () => {
  expect(codePoints('🎈é')).toBe(2)
  expect(codePoints('e\u0301')).toBe(2)
})

test.each([
  ['far from the limit', 'a'.repeat(79), 100, null],
  ['near it', 'a'.repeat(80), 100, { left: 20, over: false }],
  ['at it', 'a'.repeat(100), 100, { left: 0, over: false }],
  ['over it', 'a'.repeat(101), 100, { left: -1, over: true }],
  ['pairs count once', '🎈'.repeat(50), 100, null],
  ['no limit', 'a'.repeat(9000), 0, null],
])('%s', (_, text, limit, want) => expect(countOf(text, limit)).toEqual(want))

test.each([
  ['', 100, 'empty'],
  ['', 0, 'empty'],
  ['a'.repeat(100), 100, null],
  ['a'.repeat(101), 100, 'tooLong'],
  ['a'.repeat(101), 0, null],
])('%.5s of at most %d characters is refused as %s', (text, limit, want) => expect(refusalOf(text, limit)).toBe(want))
