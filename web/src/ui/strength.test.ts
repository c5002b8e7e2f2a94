import { expect, test } from 'vitest'
import { strengthOf, type Strength } from './strength'

test.each<[string, Strength]>([
  ['', 0],
  ['short', 1],
  ['xK9#mQ2$v', 1],
  ['aaaaaaaaaaaaaaaaaaaa', 1],
  ['abababababababab', 1],
  ['abcdefghijklmnop', 1],
  ['98765432109876543210', 1],
  ['password123', 1],
  ['motdepasse2024', 1],
  ['qwertyuiop', 1],
  ['Tr0ub4dor&3', 2],
  ['cerise-orage-velo', 3],
  ['xK9#mQ2$vL7p', 3],
  ['cerise-orage-velo-lampe', 4],
  ['correct horse battery staple', 4],
])('"%s" has strength %i', (password, strength) => expect(strengthOf(password)).toBe(strength))

test('what is known of the person counts for nothing', () => {
  const person = ['Camille', 'Renaud', 'camille.renaud', 'camille@atelier.example']
  expect(strengthOf('camillerenaud75')).toBeGreaterThan(1)
  expect(strengthOf('camillerenaud75', person)).toBe(1)
  expect(strengthOf('CamilleRenaud75', person)).toBe(1)
  expect(strengthOf('cerise-orage-velo', ['', 'c', 'e'])).toBe(3)
})

test('an emoji is one character', () => expect(strengthOf('🚲🌊🔥')).toBe(1))
