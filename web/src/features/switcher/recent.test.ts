import { beforeEach, expect, test, vi } from 'vitest'
import { noteVisit, recentOf } from './recent'

beforeEach(() => {
  const all = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => all.get(key) ?? null,
    setItem: (key: string, value: string) => void all.set(key, value),
  })
  return () => vi.unstubAllGlobals()
})

test('latest first, each once, a person at a time', () => {
  for (const id of ['1', '2', '1', '3']) noteVisit('me', id)
  expect(recentOf('me')).toEqual(['3', '1', '2'])
  expect(recentOf('you')).toEqual([])
})

test('the list is bounded', () => {
  for (let i = 0; i < 100; i++) noteVisit('me', String(i))
  expect(recentOf('me')).toHaveLength(30)
})
