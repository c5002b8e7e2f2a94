import { expect, test } from 'vitest'
import { formatOf } from './formats'

const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>>) =>
  ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held }) as KeyboardEvent

test('keys of formats', () => {
  expect(formatOf(press('b', { ctrlKey: true }), false)).toBe('bold')
  expect(formatOf(press('B', { ctrlKey: true }), false)).toBe('bold')
  expect(formatOf(press('X', { ctrlKey: true, shiftKey: true }), false)).toBe('strike')
  expect(formatOf(press('x', { ctrlKey: true }), false)).toBeUndefined()
  expect(formatOf(press('b', {}), false)).toBeUndefined()
  expect(formatOf(press('e', { ctrlKey: true, altKey: true }), false)).toBeUndefined()
})

test('a Mac keeps Control for the caret', () => {
  expect(formatOf(press('e', { ctrlKey: true }), true)).toBeUndefined()
  expect(formatOf(press('e', { metaKey: true }), true)).toBe('code')
})
