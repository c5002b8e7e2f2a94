import type { Message, MessageID } from '@contract/types.gen'
import { compareIds, locate } from './ids'
import type { Page } from './types'

// Sorted runs of messages, oldest first. What changes nothing gives the same list.

const idOf = (message: Message): MessageID => message.id

/** Whether a message of this id has its place in a page. */
export function covers(page: Page, id: MessageID): boolean {
  return (page.atStart || compareIds(id, page.from) >= 0) && (page.atEnd || compareIds(id, page.upTo) <= 0)
}

/** insert places a message by its id, or replaces an older version of it. */
export function insert(messages: readonly Message[], message: Message): readonly Message[] {
  const { at, found } = locate(messages, message.id, idOf)
  if (!found) return messages.toSpliced(at, 0, message)
  return message.version > (messages[at] as Message).version ? messages.with(at, message) : messages
}

/** remove takes a message out. */
export function remove(messages: readonly Message[], id: MessageID): readonly Message[] {
  const { at, found } = locate(messages, id, idOf)
  return found ? messages.toSpliced(at, 1) : messages
}

/** each changes every message that `change` gives another value for. */
export function each(messages: readonly Message[], change: (message: Message) => Message): readonly Message[] {
  let next: Message[] | undefined
  messages.forEach((message, at) => {
    const changed = change(message)
    if (changed !== message) (next ??= [...messages])[at] = changed
  })
  return next ?? messages
}
