import type { MessageDeletedEvent } from '@contract/events.gen'
import type { Message, MessageID, PublicUser, UserID } from '@contract/types.gen'
import { compareIds } from './ids'
import { bury, count, dropLate, isCounted, keepLate } from './memory'
import { covers, each, insert, remove } from './run'
import { nothingRead } from './state'
import type { ChannelState } from './types'

/** Unread counts stop here: it stands for "as many or more". */
export const unreadCap = 100

/** putMessage counts a new message once, and shows it, or its new version, where the page covers it. */
export function putMessage(channel: ChannelState, message: Message, created: boolean, me: UserID): ChannelState {
  if (channel.gone.includes(message.id)) return withLast(channel, message.id)
  return place(created ? countMessage(channel, message, me) : channel, message)
}

function countMessage(channel: ChannelState, message: Message, me: UserID): ChannelState {
  const counted = count(channel.counted, message.id)
  if (counted === channel.counted) return channel
  const next = withLast({ ...channel, counted }, message.id)
  if (message.author.id === me) return next
  return addToCounts(next, message.id, 1, message.mentions.everyone || message.mentions.users.includes(me))
}

function withLast(channel: ChannelState, id: MessageID): ChannelState {
  return compareIds(id, channel.last) > 0 ? { ...channel, last: id } : channel
}

/**
 * Adds one message of another person to the unread counts or takes it away, if it is after the read mark. A count that reached the
 * cap no longer tells how many there are, so taking away leaves it.
 */
function addToCounts(channel: ChannelState, id: MessageID, by: 1 | -1, mention: boolean): ChannelState {
  const read = channel.read ?? nothingRead(channel.info.id)
  if (compareIds(id, read.last_read_id) <= 0) return channel
  const unreadCount = step(read.unread_count, by)
  const mentionCount = mention ? step(read.mention_count, by) : read.mention_count
  if (channel.read && unreadCount === read.unread_count && mentionCount === read.mention_count) return channel
  return { ...channel, read: { ...read, unread_count: unreadCount, mention_count: mentionCount } }
}

const step = (n: number, by: 1 | -1) => (n >= unreadCap ? unreadCap : Math.max(0, n + by))

/** place puts a message into the page, or keeps it for the answer that will reach it. */
export function place(channel: ChannelState, message: Message): ChannelState {
  const { page } = channel
  if (!page || !covers(page, message.id)) {
    const late = keepLate(channel.late, message)
    return late === channel.late ? channel : { ...channel, late }
  }
  const messages = insert(page.messages, withoutGoneQuote(channel, message))
  return messages === page.messages ? channel : { ...channel, page: { ...page, messages } }
}

/** A reply shows nothing of an original that is gone. */
function withoutGoneQuote(channel: ChannelState, message: Message): Message {
  const quoted = message.reply_to
  return quoted?.excerpt && channel.gone.includes(quoted.id) ? { ...message, reply_to: { ...quoted, excerpt: '' } } : message
}

/** deleteMessage takes a message away for good, out of the counts if it was in them, and out of what quotes it. */
export function deleteMessage(channel: ChannelState, event: MessageDeletedEvent, me: UserID): ChannelState {
  const id = event.message_id
  if (channel.gone.includes(id)) return channel
  const late = dropLate(channel.late, (message) => message.id === id)
  const buried = { ...channel, gone: bury(channel.gone, id), late }
  const counts = event.author_id !== me && isCounted(channel.counted, id)
  const next = counts ? addToCounts(buried, id, -1, event.everyone || event.mentioned.includes(me)) : buried
  if (!next.page) return next
  const messages = each(remove(next.page.messages, id), (message) => withoutGoneQuote(next, message))
  return messages === next.page.messages ? next : { ...next, page: { ...next.page, messages } }
}

/** rename puts a new face on a person's messages. */
export function rename(channel: ChannelState, face: PublicUser): ChannelState {
  const renamed = (message: Message) => (isStale(message.author, face) ? { ...message, author: face } : message)
  const late = each(channel.late.messages, renamed)
  const shown = channel.page && each(channel.page.messages, renamed)
  if (late === channel.late.messages && shown === (channel.page?.messages ?? null)) return channel
  return {
    ...channel,
    late: { ...channel.late, messages: late },
    page: channel.page && shown && { ...channel.page, messages: shown },
  }
}

function isStale(shown: PublicUser, face: PublicUser): boolean {
  if (shown.id !== face.id) return false
  return shown.username !== face.username || shown.display_name !== face.display_name || shown.avatar_url !== face.avatar_url
}
