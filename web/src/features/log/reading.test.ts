import { expect, test } from 'vitest'
import type { ChannelState, Page } from '@/model/types'
import { lineAfter, Reading } from './reading.svelte'

const channel = (last_read_id: string, unread_count: number) =>
  ({ read: { last_read_id, unread_count } }) as unknown as ChannelState

test('the line stands where the channel was opened, and stays when it is read', () => {
  const reading = new Reading(channel('5', 3))
  expect(reading.unreadAfter).toBe('5')
  expect(reading.update({ channel: channel('5', 3), atEnd: true, attentive: true })).toBe(true)
  expect(reading.update({ channel: channel('8', 0), atEnd: true, attentive: true })).toBe(false)
  expect(reading.unreadAfter).toBe('5')
  reading.dismiss()
  expect(reading.unreadAfter).toBe('')
})

test.each([
  ['the end is out of view', false, true],
  ['nobody looks', true, false],
])('nothing is read while %s', (_, atEnd, attentive) => {
  const reading = new Reading(channel('5', 0))
  expect(reading.update({ channel: channel('5', 2), atEnd, attentive })).toBe(false)
  expect(reading.unreadAfter).toBe('5')
})

test('what comes below the fold is counted until the end is in view', () => {
  const reading = new Reading(channel('5', 4))
  reading.update({ channel: channel('5', 5), atEnd: false, attentive: true })
  reading.update({ channel: channel('5', 7), atEnd: false, attentive: true })
  expect(reading.fresh).toBe(3)
  reading.update({ channel: channel('9', 0), atEnd: false, attentive: true })
  expect(reading.fresh).toBe(3)
  reading.update({ channel: channel('9', 0), atEnd: true, attentive: true })
  expect(reading.fresh).toBe(0)
})

test('the line moves to what comes while the person is away, not under the eyes', () => {
  const reading = new Reading(channel('5', 2))
  reading.update({ channel: channel('7', 0), atEnd: true, attentive: true })
  reading.update({ channel: channel('7', 1), atEnd: false, attentive: true })
  expect(reading.unreadAfter).toBe('5')
  reading.update({ channel: channel('8', 0), atEnd: true, attentive: true })
  reading.update({ channel: channel('8', 1), atEnd: true, attentive: false })
  expect(reading.unreadAfter).toBe('8')
})

test.each([
  ['the last read message is loaded', ['5', '6'], false, '5', '5'],
  ['it is gone, and one before it is loaded', ['4', '6'], false, '5', '5'],
  ['what is loaded came after it', ['7', '8'], false, '5', ''],
  ['nothing was ever read, and there is more above', ['7', '8'], false, '0', ''],
  ['nothing was ever read, and all is loaded', ['7', '8'], true, '0', '0'],
  ['nothing is loaded', [], true, '5', ''],
  ['there is no line', ['5'], true, '', ''],
])('where the line stands when %s', (_, ids, atStart, read, want) => {
  const page = { messages: ids.map((id) => ({ id })), atStart } as unknown as Page
  expect(lineAfter(page, read)).toBe(want)
})
