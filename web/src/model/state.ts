import type { Channel, ChannelID, ReadState, ServerID, Sync, SyncServer } from '@contract/types.gen'
import { compareIds } from './ids'
import { noneLate } from './memory'
import type { ChannelState, ServerState, State } from './types'

/** What GET /sync tells, without the cursor: a state has none of its own. */
export type Snapshot = Omit<Sync, 'cursor'>

/** start makes the state of a snapshot. */
export function start(sync: Snapshot): State {
  return sync.servers.reduce(putServer, { user: sync.user, servers: new Map(), stale: new Set() })
}

/**
 * putServer takes one server from a fresh snapshot, whole, and so makes it no longer stale. Its pages must be opened again. Events
 * that came since the snapshot was asked for must be applied again after it; twice does no harm. What was deleted stays deleted.
 */
export function putServer(state: State, one: SyncServer): State {
  const before = state.servers.get(one.server.id)
  const gone = before?.gone ?? []
  const reads = new Map(one.read_states.map((read) => [read.channel_id, read]))
  const channels = new Map<ChannelID, ChannelState>()
  for (const info of one.channels) {
    if (gone.includes(info.id)) continue
    const last = one.last_message_ids[info.id] ?? ''
    const was = before?.channels.get(info.id)
    channels.set(info.id, {
      info,
      last,
      read: reads.get(info.id) ?? null,
      counted: { upTo: last, ids: [] },
      gone: was?.gone ?? [],
      late: was?.late ?? noneLate,
      page: null,
    })
  }
  const server: ServerState = {
    info: one.server,
    member: one.member,
    permissions: new Set(one.permissions),
    permissionBits: one.permissions_bits,
    channels,
    gone,
  }
  const stale = new Set(state.stale)
  stale.delete(one.server.id)
  return { ...state, servers: new Map(state.servers).set(one.server.id, server), stale }
}

/** newChannel is the state of a channel that was just made. */
export function newChannel(info: Channel): ChannelState {
  const read = info.type === 'text' ? nothingRead(info.id) : null
  return { info, last: '', read, counted: { upTo: '', ids: [] }, gone: [], late: noneLate, page: null }
}

/** The read state of a channel in which nothing was read yet. */
export const nothingRead = (channel: ChannelID): ReadState => ({
  channel_id: channel,
  last_read_id: '0',
  unread_count: 0,
  mention_count: 0,
  version: 0,
})

/** findChannel finds a channel in any server. */
export function findChannel(state: State, id: ChannelID): { server: ServerState; channel: ChannelState } | undefined {
  for (const server of state.servers.values()) {
    const channel = server.channels.get(id)
    if (channel) return { server, channel }
  }
  return undefined
}

/** changeServer replaces one server; a state without it, or a change that changes nothing, gives the same state. */
export function changeServer(state: State, id: ServerID, change: (server: ServerState) => ServerState): State {
  const server = state.servers.get(id)
  const next = server && change(server)
  return next === server || !next ? state : { ...state, servers: new Map(state.servers).set(id, next) }
}

/** changeChannel replaces one channel of a server; a server without it, or a change that changes nothing, gives the same server. */
export function changeChannel(server: ServerState, id: ChannelID, change: (channel: ChannelState) => ChannelState): ServerState {
  const channel = server.channels.get(id)
  const next = channel && change(channel)
  return next === channel || !next ? server : { ...server, channels: new Map(server.channels).set(id, next) }
}

/** Orders channels as the node lists them. */
export function compareChannels(a: ChannelState, b: ChannelState): number {
  return a.info.position - b.info.position || compareIds(a.info.id, b.info.id)
}

/**
 * snapshotOf writes a state as GET /sync would: servers by id, channels by position and id, read states in the order of the
 * channels.
 */
export function snapshotOf(state: State): Snapshot {
  const servers = [...state.servers.values()].sort((a, b) => compareIds(a.info.id, b.info.id))
  return { user: state.user, servers: servers.map(snapshotOfServer) }
}

function snapshotOfServer(server: ServerState): SyncServer {
  const channels = [...server.channels.values()].sort(compareChannels)
  return {
    server: server.info,
    channels: channels.map(({ info }) => info),
    member: server.member,
    permissions: [...server.permissions] as SyncServer['permissions'],
    permissions_bits: server.permissionBits,
    last_message_ids: Object.fromEntries(channels.filter(({ last }) => last !== '').map(({ info, last }) => [info.id, last])),
    read_states: channels.flatMap(({ read }) => read ?? []),
  }
}
