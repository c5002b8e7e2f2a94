import { afterEach, expect, test, vi } from 'vitest'
import { forget, keep, kept, keptList } from './kept'

/** A storage as a browser has it. */
function shelf(): Storage {
  const all = new Map<string, string>()
  return {
    getItem: (key: string) => all.get(key) ?? null,
    setItem: (key: string, value: string) => void all.set(key, value),
    removeItem: (key: string) => void all.delete(key),
  } as Storage
}

const refused = () => {
  throw new DOMException('denied', 'SecurityError')
}

const real = Object.getOwnPropertyDescriptor(globalThis, 'localStorage')
const provide = (get: () => Storage | null) => Object.defineProperty(globalThis, 'localStorage', { configurable: true, get })

afterEach(() => {
  Reflect.deleteProperty(globalThis, 'localStorage')
  if (real) Object.defineProperty(globalThis, 'localStorage', real)
})

test('kept until it is forgotten', () => {
  const storage = shelf()
  provide(() => storage)
  keep('beep.a', 'x')
  expect(kept('beep.a')).toBe('x')
  forget('beep.a')
  expect(kept('beep.a')).toBeNull()
})

test.each<[string, () => Storage | null]>([
  ['none', () => null],
  ['forbidden', refused],
  ['full', () => ({ getItem: () => null, setItem: refused, removeItem: refused }) as unknown as Storage],
])('storage that is %s keeps nothing, and nothing breaks', async (_, get) => {
  provide(get)
  keep('beep.a', 'x')
  forget('beep.a')
  expect([kept('beep.a'), keptList('beep.a')]).toEqual([null, []])

  vi.resetModules()
  const { locale } = await import('./locale.svelte')
  locale.set('fr')
  expect(locale.current).toBe('fr')
})

test.each(['{', '"x"', '{"a":1}', 'null', '7'])('what others wrote there is no list: %s', (text) => {
  const storage = shelf()
  provide(() => storage)
  keep('beep.a', text)
  expect(keptList('beep.a')).toEqual([])
})
