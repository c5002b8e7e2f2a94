import { expect, test } from 'vitest'
import { Once } from './once'

const keyOf = (once: Once, body: object) => once.headers(body)['Idempotency-Key']

test('one body, one key, until it is made', () => {
  const once = new Once()
  const first = keyOf(once, { name: 'a' })
  expect(first).toMatch(/^[0-9a-f]{32}$/)
  expect(keyOf(once, { name: 'a' })).toBe(first)
  const second = keyOf(once, { name: 'b' })
  expect(second).not.toBe(first)
  once.done()
  expect(keyOf(once, { name: 'b' })).not.toBe(second)
})
