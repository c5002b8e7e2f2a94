import { expect, test } from 'vitest'
import { inCode } from './code'

test.each([
  ['plain', false],
  ['an open `span', true],
  ['a closed `span` and', false],
  ['two ``ticks ` inside', true],
  ['two ``ticks ` inside`` and', false],
  ['an escaped \\` tick', false],
  ['a paragraph `ends\n\nhere', false],
  ['a span `over\nlines', true],
  ['```\nin a block', true],
  ['```go\nin a block\n', true],
  ['```\na block\n```\nafter', false],
  ['~~~\na ``` inside\n', true],
  ['````\n```\nstill', true],
  ['> ```\n> quoted', true],
  ['> ```\n> quoted\n> ```\n> after', false],
  ['one line ```of``` code', false],
])('%j', (text, want) => expect(inCode(text)).toBe(want))
