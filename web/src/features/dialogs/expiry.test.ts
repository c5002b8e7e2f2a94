import { expect, test } from 'vitest'
import { lives, lifeWords, useCounts, usualLife, usualUses } from './expiry'

test('lives in words', () => {
  expect(lives.map((life) => lifeWords(life, 'en'))).toEqual([
    '30 minutes',
    '1 hour',
    '6 hours',
    '12 hours',
    '1 day',
    '7 days',
    '30 days',
    '',
  ])
  expect(lifeWords(604_800, 'fr')).toBe('7\u00a0jours')
})

test('every choice is one the contract takes', () => {
  for (const life of lives) expect(life === 0 || (life >= 60 && life <= 31_536_000)).toBe(true)
  for (const uses of useCounts) expect(uses >= 0 && uses <= 10_000).toBe(true)
  expect(lives).toContain(usualLife)
  expect(useCounts).toContain(usualUses)
})
