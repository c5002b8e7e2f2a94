import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { created, event, FakeBrowser, fakeRest, message } from './testing'
import { forgetAfterMs, sendEveryMs, Typing } from './typing'

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

function make() {
  const rest = fakeRest({ sendTyping: () => undefined })
  const typing = new Typing(new FakeBrowser().tab(), rest, () => '1')
  return {
    rest,
    typing,
    types: (user: string, channel = '20') => typing.hear(event('typing.started', { user_id: user, channel_id: channel })),
  }
}

test('told every four seconds at most, in each channel', () => {
  const { rest, typing } = make()
  typing.tell('20')
  vi.advanceTimersByTime(sendEveryMs - 1)
  typing.tell('20')
  typing.tell('21')
  expect(rest.calls.length).toBe(2)
  vi.advanceTimersByTime(1)
  typing.tell('20')
  expect(rest.calls.length).toBe(3)
  typing.close()
})

test('the next message is told at once', () => {
  const { rest, typing } = make()
  typing.tell('20')
  typing.hear(created(message('50', '1')))
  typing.tell('20')
  expect(rest.calls.length).toBe(2)
  typing.close()
})

test('others are shown, and forgotten after eight seconds or when they have spoken', () => {
  const { typing, types } = make()
  types('2')
  vi.advanceTimersByTime(1_000)
  types('3')
  types('1')
  expect(typing.of('20')).toEqual(['2', '3'])
  expect(typing.of('21')).toEqual([])
  vi.advanceTimersByTime(forgetAfterMs - 1_000)
  expect(typing.of('20')).toEqual(['3'])
  types('2')
  typing.hear(created(message('50', '3')))
  expect(typing.of('20')).toEqual(['2'])
  typing.close()
})

test('a word of it keeps them longer', () => {
  const { typing, types } = make()
  types('2')
  vi.advanceTimersByTime(forgetAfterMs - 1)
  types('2')
  vi.advanceTimersByTime(forgetAfterMs - 1)
  expect(typing.of('20')).toEqual(['2'])
  vi.advanceTimersByTime(1)
  expect(typing.of('20')).toEqual([])
})
