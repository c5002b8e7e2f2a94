import { expect, test } from 'vitest'
import { happening } from './system'
import { t } from './texts'

test.each([
  ['member_joined', 'member_joined'],
  ['message_pinned', 'message_pinned'],
  ['thread_created', 'thread_created'],
  ['call_started', 'call_started'],
  ['poll_ended', 'unknown_event'],
  ['constructor', 'unknown_event'],
  ['', 'unknown_event'],
])('%j is told as %s', (type, want) => {
  const { key, Icon } = happening(type)
  expect(key).toBe(want)
  expect(Icon).toBeDefined()
  expect(t.parts(key)).not.toEqual([])
})
