import type { BeepEvent, MemberJoinedEvent, MemberUpdatedEvent } from '@contract/events.gen'
import type { Channel, PublicUser, ReadState, ServerID, UserID } from '@contract/types.gen'
import { deleteMessage, putMessage, rename } from './channel'
import { compareIds } from './ids'
import { bury } from './memory'
import { changeChannel, changeServer, findChannel, newChannel } from './state'
import type { ChannelState, ServerState, State } from './types'

/**
 * apply brings a state up to date with one event, and so holds the law that a snapshot and the events after its cursor make the same
 * state as a later snapshot, though events may come twice, or an object's versions out of order: older versions are dropped, and
 * what was deleted stays deleted. What cannot be known from events (a server that was joined, rights that changed) is named in
 * `stale`. Events of servers and channels that are not known are ignored, and so are types that are not known. An event that changes
 * nothing gives the same state.
 */
export function apply(state: State, event: BeepEvent): State {
  switch (event.type) {
    case 'user.updated':
      return event.user.version > state.user.version ? { ...state, user: event.user } : state
    case 'access.changed':
      return markStale(state, event.server_id)
    case 'member.joined':
    case 'member.updated':
      return applyMember(state, event)
    case 'member.removed':
      return event.user_id === state.user.id ? drop(state, event.server_id) : state
    case 'server.deleted':
      return drop(state, event.server_id)
    case 'read_state.updated':
      return applyReadState(state, event.read_state)
    default:
      return changeServer(state, event.server_id ?? '', (server) => applyInServer(server, event, state.user.id))
  }
}

function applyInServer(server: ServerState, event: BeepEvent, me: UserID): ServerState {
  const inChannel = (change: (channel: ChannelState) => ChannelState) => changeChannel(server, event.channel_id ?? '', change)
  switch (event.type) {
    case 'server.updated':
      return event.server.version > server.info.version ? { ...server, info: event.server } : server
    case 'channel.created':
    case 'channel.updated':
      return putChannel(server, event.channel)
    case 'channel.deleted':
      return event.channel_id === undefined ? server : deleteChannel(server, event.channel_id)
    case 'message.created':
    case 'message.updated':
      return inChannel((channel) => putMessage(channel, event.message, event.type === 'message.created', me))
    case 'message.deleted':
      return inChannel((channel) => deleteMessage(channel, event, me))
    default:
      return server
  }
}

function markStale(state: State, id: ServerID): State {
  return state.stale.has(id) ? state : { ...state, stale: new Set(state.stale).add(id) }
}

function drop(state: State, id: ServerID | undefined): State {
  if (id === undefined || (!state.servers.has(id) && !state.stale.has(id))) return state
  const servers = new Map(state.servers)
  const stale = new Set(state.stale)
  servers.delete(id)
  stale.delete(id)
  return { ...state, servers, stale }
}

/**
 * Keeps the person's own membership, and gives the messages of anyone whose face changed the new one. To have joined means to fetch
 * the server.
 */
function applyMember(state: State, { type, member }: MemberJoinedEvent | MemberUpdatedEvent): State {
  const own = member.user.id === state.user.id
  if (own && type === 'member.joined' && !state.servers.has(member.server_id)) return markStale(state, member.server_id)
  return changeServer(state, member.server_id, (server) => {
    const next = type === 'member.updated' ? renameIn(server, member.user) : server
    return own && member.version > next.member.version ? { ...next, member } : next
  })
}

const renameIn = (server: ServerState, face: PublicUser): ServerState =>
  [...server.channels.keys()].reduce((next, id) => changeChannel(next, id, (channel) => rename(channel, face)), server)

function applyReadState(state: State, read: ReadState): State {
  const server = findChannel(state, read.channel_id)?.server
  if (!server) return state
  const replace = (channel: ChannelState) => (isLater(read, channel.read) ? { ...channel, read } : channel)
  return changeServer(state, server.info.id, (server) => changeChannel(server, read.channel_id, replace))
}

/** The version of a read state is its mark as a number, which loses the last digits: the mark itself tells what versions cannot. */
function isLater(read: ReadState, known: ReadState | null): boolean {
  if (!known || read.version !== known.version) return !known || read.version > known.version
  return compareIds(read.last_read_id, known.last_read_id) > 0
}

function putChannel(server: ServerState, info: Channel): ServerState {
  if (server.gone.includes(info.id)) return server
  if (!server.channels.has(info.id)) return { ...server, channels: new Map(server.channels).set(info.id, newChannel(info)) }
  return changeChannel(server, info.id, (channel) => (info.version > channel.info.version ? { ...channel, info } : channel))
}

function deleteChannel(server: ServerState, id: Channel['id']): ServerState {
  const gone = bury(server.gone, id)
  if (gone === server.gone) return server
  const channels = new Map(server.channels)
  channels.delete(id)
  return { ...server, channels, gone }
}
