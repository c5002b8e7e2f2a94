import type { ChannelState, ServerState, State } from './types'

/** What waits for the person: whether anything does, and how many times someone meant them. */
export interface Unread {
  unread: boolean
  mentions: number
}

/** What waits in a channel. */
export function channelUnread(channel: ChannelState): Unread {
  return { unread: (channel.read?.unread_count ?? 0) > 0, mentions: channel.read?.mention_count ?? 0 }
}

/** What waits in all channels of a server. */
export function serverUnread(server: ServerState): Unread {
  const all = [...server.channels.values()].map(channelUnread)
  return { unread: all.some(({ unread }) => unread), mentions: sum(all.map(({ mentions }) => mentions)) }
}

/** How many times someone meant the person, in all servers. */
export function totalMentions(state: State): number {
  return sum([...state.servers.values()].map((server) => serverUnread(server).mentions))
}

const sum = (numbers: number[]) => numbers.reduce((total, n) => total + n, 0)
