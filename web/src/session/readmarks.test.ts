import { Problem } from '@/api/problem'
import { apply } from '@/model/apply'
import { openPage } from '@/model/page'
import { findChannel, start } from '@/model/state'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Holder } from './holder'
import { gatherMs, ReadMarks } from './readmarks'
import { created, FakeBrowser, fakeRest, message, settle, sync, syncServer } from './testing'

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

function make(answer: () => unknown = () => undefined) {
  const read = { channel_id: '20', last_read_id: '40', unread_count: 3, mention_count: 1, version: 40 }
  const server = syncServer('10', ['20', '21'], { read_states: [read], last_message_ids: { '20': '53' } })
  const holder = new Holder(start(sync('e.1', [server])))
  const rest = fakeRest({ markRead: answer })
  const marks = new ReadMarks(new FakeBrowser().tab(), rest, holder)
  const told = () => rest.calls.map(({ options }) => (options.body as { message_id: string }).message_id)
  const shown = () => findChannel(holder.state, '20')?.channel.read
  return { holder, marks, rest, told, shown }
}

test('shown at once, told a little later, together', async () => {
  const { marks, told, shown } = make()
  marks.mark('20')
  expect(shown()).toMatchObject({ last_read_id: '53', unread_count: 0, mention_count: 0 })
  expect(told()).toEqual([])
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(told()).toEqual(['53'])
  marks.mark('20')
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(told()).toEqual(['53'])
})

test('never backwards, and the last one counts', async () => {
  const { marks, told } = make()
  marks.mark('20', '30')
  marks.mark('20', '51')
  marks.mark('20', '52')
  marks.mark('20', '50')
  await vi.advanceTimersByTimeAsync(gatherMs)
  marks.mark('20', '51')
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(told()).toEqual(['52'])
})

test('what was read on another device is not told again', async () => {
  const { marks, rest } = make()
  marks.mark('20', '30')
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(rest.calls).toEqual([])
})

test('what is left unread is counted where it is loaded', () => {
  const { holder, marks, shown } = make()
  const mention = { users: ['1'], roles: [], channels: [], everyone: false }
  const loaded = [message('53', '2', { mentions: mention }), message('52', '1'), message('51'), message('50')]
  holder.change((state) => openPage(state, '20', loaded, { atStart: false, atEnd: true }))
  marks.mark('20', '50')
  expect(shown()).toMatchObject({ last_read_id: '50', unread_count: 2, mention_count: 1 })
  marks.close()
})

test('later events still win', () => {
  const { holder, marks, shown } = make()
  marks.mark('20')
  holder.change((state) => apply(state, created(message('54'))))
  expect(shown()?.unread_count).toBe(1)
  marks.close()
})

test('told again when the line is back; a snapshot in between does not undo what is shown', async () => {
  let down = true
  const { holder, marks, rest, told, shown } = make(() => {
    if (down) throw new Problem('unreachable', 0)
  })
  marks.mark('20')
  await vi.advanceTimersByTimeAsync(gatherMs)
  await settle()
  const before = rest.calls.length
  const fresh = make()
  holder.change(() => fresh.holder.state)
  expect(shown()?.unread_count).toBe(3)
  marks.reapply()
  expect(shown()?.unread_count).toBe(0)
  down = false
  marks.hurry()
  await vi.advanceTimersByTimeAsync(0)
  await settle()
  expect(rest.calls.length).toBe(before + 1)
  expect(told().at(-1)).toBe('53')
})

test('a channel that is gone is not told again', async () => {
  const { marks, told } = make(() => {
    throw new Problem('not_found', 404)
  })
  marks.mark('20')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told().length).toBe(1)
})
