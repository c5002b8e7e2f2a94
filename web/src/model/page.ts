import type { ChannelID, Message, MessageID } from '@contract/types.gen'
import { place, putMessage as putIn } from './channel'
import { compareIds } from './ids'
import { dropLate } from './memory'
import { covers } from './run'
import { changeChannel, changeServer, findChannel } from './state'
import type { ChannelState, Page, State } from './types'

// The loaded part of a channel's history. Answers of GET /channels/{id}/messages are taken in here, newest first as they come. An
// answer is older than the events that arrived while it was on its way; those the channel kept in `late`, and what is known in a
// later version, or known to be gone, wins over the answer.

/** Which ends of the history an answer reaches. */
export interface Ends {
  atStart: boolean
  atEnd: boolean
}

/** The loaded part of a channel's history; null where the channel is not open, or not there. */
export function pageOf(state: State, channel: ChannelID): Page | null {
  return findChannel(state, channel)?.channel.page ?? null
}

/** openPage gives a channel a page, in place of the one it may have. */
export function openPage(state: State, id: ChannelID, newestFirst: readonly Message[], ends: Ends): State {
  const newest = newestFirst[0]?.id
  const oldest = newestFirst.at(-1)?.id
  const empty: Page = {
    messages: [],
    atStart: ends.atStart || oldest === undefined,
    atEnd: ends.atEnd || newest === undefined,
    from: oldest ?? '',
    upTo: newest ?? '',
  }
  return change(state, id, (channel) => take(channel, empty, [...(channel.page?.messages ?? []), ...newestFirst]))
}

/** closePage forgets a channel's page. */
export function closePage(state: State, id: ChannelID): State {
  return change(state, id, (channel) => (channel.page ? { ...channel, page: null } : channel))
}

/**
 * extendOlder takes in the answer to `before=` the page's lower end, `before`. An answer that does not belong there any more, since
 * the page was trimmed or opened elsewhere meanwhile, is dropped: it would leave a hole.
 */
export function extendOlder(
  state: State,
  id: ChannelID,
  newestFirst: readonly Message[],
  atStart: boolean,
  before: MessageID,
): State {
  return change(state, id, (channel) => {
    const { page } = channel
    if (!page || before !== page.from) return channel
    return take(channel, { ...page, atStart, from: newestFirst.at(-1)?.id ?? page.from }, newestFirst)
  })
}

/**
 * extendNewer takes in the answer to `after=` the page's upper end, `after`; `atEnd` tells that the answer was short. Whoever loads
 * goes on until the page is atEnd, which it may not be after a short answer: too much arrived while that was on its way.
 */
export function extendNewer(
  state: State,
  id: ChannelID,
  newestFirst: readonly Message[],
  atEnd: boolean,
  after: MessageID,
): State {
  return change(state, id, (channel) => {
    const { page } = channel
    if (!page || after !== page.upTo) return channel
    return take(channel, { ...page, atEnd, upTo: newestFirst[0]?.id ?? page.upTo }, newestFirst)
  })
}

/** trim drops messages from one end of a page until `keep` (at least 1) are left; the page then no longer reaches that end. */
export function trim(state: State, id: ChannelID, side: 'older' | 'newer', keep: number): State {
  return change(state, id, (channel) => {
    const { page } = channel
    if (!page || keep < 1 || page.messages.length <= keep) return channel
    const messages = side === 'older' ? page.messages.slice(-keep) : page.messages.slice(0, keep)
    const end = (at: number) => messages.at(at)?.id ?? ''
    const cut = side === 'older' ? { atStart: false, from: end(0) } : { atEnd: false, upTo: end(-1) }
    return { ...channel, page: { ...page, messages, ...cut } }
  })
}

/**
 * putMessage takes in what the node answered to the person's own POST or PATCH. It is the event to come, seen earlier: a message
 * that is not counted yet counts as created.
 */
export function putMessage(state: State, message: Message): State {
  return change(state, message.channel_id, (channel) => putIn(channel, message, true, state.user.id))
}

function change(state: State, id: ChannelID, of: (channel: ChannelState) => ChannelState): State {
  const server = findChannel(state, id)?.server
  return server ? changeServer(state, server.info.id, (server) => changeChannel(server, id, of)) : state
}

/** Makes `page` the channel's, with those of the messages and of the late ones that it covers. */
function take(channel: ChannelState, wanted: Page, messages: readonly Message[]): ChannelState {
  const page = provenPage(channel, wanted)
  const covered = (message: Message) => covers(page, message.id)
  const known = [...messages, ...channel.late.messages].filter(
    (message) => covered(message) && !channel.gone.includes(message.id),
  )
  const late = dropLate(channel.late, covered)
  return known.reduce(place, { ...channel, page, late: wanted.atEnd ? { ...late, missed: '' } : late })
}

/**
 * A page reaches now when its answer was short, unless a message fell out of `late` that is newer than the answer: it may be missing.
 * Whoever loads asks again, and the next answer, made after it, has it, or it is gone.
 */
function provenPage(channel: ChannelState, page: Page): Page {
  const atEnd = page.atEnd && (page.upTo === '' || compareIds(channel.late.missed, page.upTo) <= 0)
  return { ...page, atEnd, from: page.atStart ? '' : page.from, upTo: atEnd ? '' : page.upTo }
}
