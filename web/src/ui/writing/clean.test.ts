import { expect, test } from 'vitest'
import { clean, outgoing } from './clean'

test.each([
  ['a\r\nb\rc', 'a\nb\nc'],
  ['a\u2028b\u2029c', 'a\nb\nc'],
  ['a\u0000\u0007\u001b[31mb\u007f\u0085', 'a[31mb'],
  ['one\ttwo\nthree', 'one\ttwo\nthree'],
  ['half \ud83d of a pair', 'half  of a pair'],
  ['👩‍👩‍👧 é ‫عربي', '👩‍👩‍👧 é ‫عربي'],
])('%j becomes %j', (text, want) => expect(clean(text)).toBe(want))

test.each([
  ['  \n\n  indented\nline  \n\n', '  indented\nline'],
  [' \n\t ', ''],
  ['\u0007', ''],
  ['hi', 'hi'],
])('%j is sent as %j', (text, want) => expect(outgoing(text)).toBe(want))
