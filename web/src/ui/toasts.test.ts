import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { mostToasts, toast, toastMs, toasts } from './toasts.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  toasts.release()
  vi.runAllTimers()
  vi.useRealTimers()
})

const texts = () => toasts.shown.map((one) => one.text)

test('a toast goes by itself', () => {
  toast({ text: 'Copied' })
  vi.advanceTimersByTime(toastMs - 1)
  expect(texts()).toEqual(['Copied'])
  vi.advanceTimersByTime(1)
  expect(texts()).toEqual([])
})

test('the oldest gives way', () => {
  for (let n = 1; n <= mostToasts + 2; n++) toast({ text: String(n) })
  expect(texts()).toEqual(['3', '4', '5'])
  expect(vi.getTimerCount()).toBe(mostToasts)
})

test('while they are held none goes, not even a new one; afterwards each has its time', () => {
  toast({ text: 'a' })
  vi.advanceTimersByTime(toastMs - 1)
  toasts.hold()
  toast({ text: 'b' })
  vi.advanceTimersByTime(10 * toastMs)
  expect(texts()).toEqual(['a', 'b'])
  toasts.release()
  vi.advanceTimersByTime(toastMs - 1)
  expect(texts()).toEqual(['a', 'b'])
  vi.advanceTimersByTime(1)
  expect(texts()).toEqual([])
})

test('one is dismissed, the others stay', () => {
  toast({ text: 'a' })
  toast({ text: 'b' })
  toasts.dismiss(toasts.shown[0]?.id ?? 0)
  expect(texts()).toEqual(['b'])
})
