import { expect, test } from 'vitest'
import { noteVisit, recentOf } from './recent'

function shelf(first: Record<string, string> = {}): Storage {
  const all = new Map(Object.entries(first))
  return {
    getItem: (key: string) => all.get(key) ?? null,
    setItem: (key: string, value: string) => void all.set(key, value),
  } as Storage
}

test('latest first, each once, a person at a time', () => {
  const storage = shelf()
  for (const id of ['1', '2', '1', '3']) noteVisit('me', id, storage)
  expect(recentOf('me', storage)).toEqual(['3', '1', '2'])
  expect(recentOf('you', storage)).toEqual([])
})

test('the list is bounded', () => {
  const storage = shelf()
  for (let i = 0; i < 100; i++) noteVisit('me', String(i), storage)
  expect(recentOf('me', storage)).toHaveLength(30)
})

test.each(['{', '"x"', '{"a":1}', 'null'])('what others wrote there is no list: %s', (text) =>
  expect(recentOf('me', shelf({ 'beep.recent.me': text }))).toEqual([]),
)

test('without storage nothing breaks', () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new Error('full')
    },
  } as unknown as Storage
  expect(() => noteVisit('me', '1', full)).not.toThrow()
})
