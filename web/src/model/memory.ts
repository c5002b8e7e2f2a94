import type { Message, MessageID } from '@contract/types.gen'
import { compareIds, locate, maxId } from './ids'
import type { Counted, Late, Tombstones } from './types'

/** Bounds what is remembered of one channel or server: far more than the stream can reorder. */
export const maxRemembered = 256

/** Bounds the messages kept for answers on their way. They are kept for every channel, seen or not, so they must be few. */
export const maxLate = 32

/** Nothing has arrived yet. */
export const noneLate: Late = { messages: [], missed: '' }

/** bury remembers a deletion. */
export function bury(gone: Tombstones, id: string): Tombstones {
  if (gone.includes(id)) return gone
  return [...gone.slice(gone.length < maxRemembered ? 0 : 1), id]
}

const itself = (id: MessageID) => id

/** Whether a message is in the unread counts, or was passed over by them for good. */
export function isCounted(known: Counted, id: MessageID): boolean {
  return compareIds(id, known.upTo) <= 0 || locate(known.ids, id, itself).found
}

/**
 * count takes a message into the counts; the same value comes back for one that was in them before. When the list is full its
 * smallest id becomes `upTo`: what is that late would be older than 256 later messages.
 */
export function count(known: Counted, id: MessageID): Counted {
  if (isCounted(known, id)) return known
  const ids = known.ids.toSpliced(locate(known.ids, id, itself).at, 0, id)
  const smallest = ids[0]
  if (ids.length <= maxRemembered || smallest === undefined) return { upTo: known.upTo, ids }
  return { upTo: smallest, ids: ids.slice(1) }
}

/** keepLate remembers a message outside the page, in its newest version. */
export function keepLate(late: Late, message: Message): Late {
  const known = late.messages.find(({ id }) => id === message.id)
  if (known && known.version >= message.version) return late
  const messages = [...late.messages.filter((other) => other !== known), message]
  if (messages.length <= maxLate) return { ...late, messages }
  const [oldest, ...rest] = messages
  return { messages: rest, missed: maxId(late.missed, oldest?.id ?? '') }
}

/** dropLate forgets the messages for which `of` holds. */
export function dropLate(late: Late, of: (message: Message) => boolean): Late {
  return late.messages.some(of) ? { ...late, messages: late.messages.filter((message) => !of(message)) } : late
}
