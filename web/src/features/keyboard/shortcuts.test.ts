import { expect, test } from 'vitest'
import { groups } from './groups'
import { shortcutOf, shortcuts, type Pressed } from './shortcuts'

const none: Pressed = { key: '', code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false }

test.each<[string, Partial<Pressed>, string | undefined]>([
  ['Ctrl+K', { key: 'k', ctrlKey: true }, 'switcher'],
  ['Ctrl+K with caps lock', { key: 'K', ctrlKey: true }, 'switcher'],
  ['Ctrl+K on a Cyrillic layout', { key: 'л', code: 'KeyK', ctrlKey: true }, 'switcher'],
  ['Ctrl+Shift+K', { key: 'K', ctrlKey: true, shiftKey: true }, undefined],
  ['Ctrl+Alt+K', { key: 'k', ctrlKey: true, altKey: true }, undefined],
  ['K', { key: 'k' }, undefined],
  ['Ctrl+/', { key: '/', ctrlKey: true }, 'help'],
  ['Ctrl+/ where it needs Shift', { key: '/', code: 'Period', ctrlKey: true, shiftKey: true }, 'help'],
  ['Ctrl+,', { key: ',', ctrlKey: true }, 'settings'],
  ['Alt+Up', { key: 'ArrowUp', altKey: true }, 'previous-channel'],
  ['Alt+Down', { key: 'ArrowDown', altKey: true }, 'next-channel'],
  ['Alt+Shift+Up', { key: 'ArrowUp', altKey: true, shiftKey: true }, 'previous-unread'],
  ['Alt+Shift+Down', { key: 'ArrowDown', altKey: true, shiftKey: true }, 'next-unread'],
  ['F6', { key: 'F6' }, 'next-region'],
  ['Shift+F6', { key: 'F6', shiftKey: true }, 'previous-region'],
  ['Escape', { key: 'Escape' }, 'mark-read'],
  ['Escape of an input method', { key: 'Escape', isComposing: true }, undefined],
  ['Up', { key: 'ArrowUp' }, undefined],
])('%s', (_, event, want) => expect(shortcutOf({ ...none, ...event }, false)).toBe(want))

test('a Mac has the command key', () => {
  expect(shortcutOf({ ...none, key: 'k', metaKey: true }, true)).toBe('switcher')
  expect(shortcutOf({ ...none, key: 'k', ctrlKey: true }, true)).toBeUndefined()
})

test('no keys mean two things, and the help tells every one', () => {
  const keys = shortcuts.map((one) => one.keys.join('+'))
  expect(new Set(keys).size).toBe(keys.length)
  expect(groups[0]?.lines).toHaveLength(shortcuts.length)
})
