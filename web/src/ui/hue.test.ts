import { expect, test } from 'vitest'
import { hueOf, initialsOf } from './hue'

test.each([
  ['Marguerite Roy', 'MR'],
  ['Repair Café 3', 'R3'],
  ['camille', 'C'],
  ['jean-paul sartre', 'JS'],
  ['ada.lovelace', 'AL'],
  ['  Élodie   du Bois ', 'ÉB'],
  ['e\u0301lodie', 'E\u0301'],
  ['👩‍🔬 Lab', '👩‍🔬'],
  ['Les 🚲 roues', 'LR'],
  ['🇫🇷', '🇫🇷'],
  ['«Café»', 'C'],
  ['ßtraße', 'ß'],
  ['中村 太郎', '中太'],
  ['...', '?'],
  ['   ', '?'],
  ['', '?'],
])('initials of "%s" are "%s"', (name, initials) => expect(initialsOf(name)).toBe(initials))

test('a name of one very long word has one initial', () => expect(initialsOf('w'.repeat(4_000))).toBe('W'))

test('an id keeps its hue, and neighbours differ', () => {
  const first = 81985529216486401n
  const hues = Array.from({ length: 200 }, (_, at) => hueOf(String(first + BigInt(at))))
  expect(hueOf(String(first))).toBe(hues[0])
  expect(new Set(hues).size).toBe(10)
  expect(new Set(hues.slice(0, 4)).size).toBeGreaterThan(2)
})
