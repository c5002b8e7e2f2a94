import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Announcer, announceEveryMs, type News } from './announcer'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const news = (text: string): News => ({ name: 'Ada', text })

test('the first is read at once, the others are counted, once a second', () => {
  const said: (News | number)[] = []
  const announcer = new Announcer((one) => said.push(one))
  for (const text of ['a', 'b', 'c']) announcer.add(news(text))
  expect(said).toEqual([news('a')])
  vi.advanceTimersByTime(announceEveryMs - 1)
  expect(said).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(said).toEqual([news('a'), 2])
  vi.advanceTimersByTime(announceEveryMs * 5)
  announcer.add(news('d'))
  expect(said.at(-1)).toEqual(news('d'))
})

test('one alone that had to wait is read', () => {
  const said: (News | number)[] = []
  const announcer = new Announcer((one) => said.push(one))
  announcer.add(news('a'))
  announcer.add(news('b'))
  vi.advanceTimersByTime(announceEveryMs)
  expect(said).toEqual([news('a'), news('b')])
})

test('nothing after the end; long texts are cut', () => {
  const said: (News | number)[] = []
  const announcer = new Announcer((one) => said.push(one))
  announcer.add(news('x'.repeat(1000)))
  expect((said[0] as News).text).toHaveLength(200)
  announcer.add(news('b'))
  announcer.stop()
  vi.advanceTimersByTime(announceEveryMs * 2)
  expect(said).toHaveLength(1)
})
