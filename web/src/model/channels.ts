import { compareChannels } from './state'
import type { ChannelState, ServerState } from './types'

/** A category with the channels in it, or, with null, the channels in none. */
export interface ChannelGroup {
  category: ChannelState | null
  channels: ChannelState[]
}

/**
 * channelTree orders the channels of a server for its list: first those without a category, then the categories, empty ones too. In a
 * group text comes before voice. A channel whose category the person may not view stands without one.
 */
export function channelTree(server: ServerState): ChannelGroup[] {
  const all = [...server.channels.values()].sort(compareChannels)
  const groups = new Map(
    all.filter(isCategory).map((category) => [category.info.id, { category, channels: [] as ChannelState[] }]),
  )
  const loose: ChannelGroup = { category: null, channels: [] }
  for (const channel of all) if (!isCategory(channel)) (groups.get(channel.info.parent_id ?? '') ?? loose).channels.push(channel)
  const tree = [loose, ...groups.values()]
  for (const group of tree) group.channels.sort((a, b) => rank(a) - rank(b))
  return loose.channels.length > 0 ? tree : tree.slice(1)
}

/** The text channel that stands first in the list. */
export function firstTextChannel(server: ServerState): ChannelState | undefined {
  return channelTree(server)
    .flatMap(({ channels }) => channels)
    .find(({ info }) => info.type === 'text')
}

const isCategory = (channel: ChannelState) => channel.info.type === 'category'
const rank = (channel: ChannelState) => (channel.info.type === 'text' ? 0 : 1)
