import { expect, test } from 'vitest'
import { typingOf } from './typists'

test.each([
  [[], null],
  [['Ada'], { key: 'typingOne', who: 'Ada' }],
  [['Ada', 'Bob'], { key: 'typingTwo', who: 'Ada', other: 'Bob' }],
  [['Ada', 'Bob', 'Chloé'], { key: 'typingMany' }],
  [[undefined], { key: 'typingSome' }],
  [['Ada', undefined], { key: 'typingMany' }],
])('%j', (names, want) => expect(typingOf(names)).toEqual(want))
