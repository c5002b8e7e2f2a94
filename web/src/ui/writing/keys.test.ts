import { expect, test } from 'vitest'
import { composing, sends } from './keys'

const none = { key: 'Enter', shiftKey: false, altKey: false, ctrlKey: false, metaKey: false }

test.each([
  ['Enter', {}, true, false],
  ['with Control', { ctrlKey: true }, true, true],
  ['with the command key', { metaKey: true }, true, true],
  ['with Shift', { shiftKey: true }, false, false],
  ['with Alt', { altKey: true }, false, false],
  ['with Shift and Control', { shiftKey: true, ctrlKey: true }, false, false],
  ['another key', { key: 'a', ctrlKey: true }, false, false],
])('%s', (_, event, keyboard, glass) => {
  expect(sends({ ...none, ...event }, false), 'with a keyboard').toBe(keyboard)
  expect(sends({ ...none, ...event }, true), 'on glass').toBe(glass)
})

test('a key of an input method is none of ours', () => {
  expect(composing({ isComposing: true, keyCode: 13 })).toBe(true)
  expect(composing({ isComposing: false, keyCode: 229 })).toBe(true)
  expect(composing({ isComposing: false, keyCode: 13 })).toBe(false)
})
