import { beforeEach, expect, test, vi } from 'vitest'
import type { Session } from '@/session/port'
import { foldsOf } from './folds.svelte'

const all = new Map<string, string>()
const sessionOf = (id: string) => ({ me: { id } }) as Session

beforeEach(() => {
  all.clear()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => all.get(key) ?? null,
    setItem: (key: string, value: string) => void all.set(key, value),
  })
  return () => vi.unstubAllGlobals()
})

test('each person folds for themselves, and finds it folded again', () => {
  foldsOf(sessionOf('ada')).toggle('1')
  expect([...all.keys()]).toEqual(['beep.folds.ada'])
  expect(foldsOf(sessionOf('ada')).has('1')).toBe(true)
  expect(foldsOf(sessionOf('bob')).has('1')).toBe(false)
})

test('without storage it holds for the session', () => {
  vi.stubGlobal('localStorage', null)
  const session = sessionOf('ada')
  foldsOf(session).toggle('1')
  expect(foldsOf(session).has('1')).toBe(true)
  foldsOf(session).toggle('1')
  expect(foldsOf(session).has('1')).toBe(false)
})
