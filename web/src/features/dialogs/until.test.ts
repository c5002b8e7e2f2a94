import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { until } from './until.svelte'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('what does not come is not waited for any longer', async () => {
  const waited = until(() => false, 1000)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await waited).toBe(false)
})
