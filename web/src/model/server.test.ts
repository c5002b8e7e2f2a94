import { expect, test } from 'vitest'
import type { Channel, SyncServer } from '@contract/types.gen'
import { apply } from './apply'
import { channelTree, firstTextChannel } from './channels'
import { can, canDelete, canEdit } from './permissions'
import { findChannel, putServer, start } from './state'
import { channel, created, face, me, message, serverId, snapshot, syncServer } from './testing'
import type { ServerState } from './types'
import { channelUnread, serverUnread, totalMentions } from './unread'

function serverOf(channels: Channel[], change: Partial<SyncServer> = {}): ServerState {
  const server = start(snapshot(syncServer(channels, change))).servers.get(serverId)
  if (!server) throw new Error('the server is missing')
  return server
}

test('the channel tree', () => {
  const server = serverOf([
    channel('20', { type: 'category', position: 2 }),
    channel('21', { type: 'category', position: 1 }),
    channel('22', { type: 'category', position: 1 }),
    channel('30', { position: 1 }),
    channel('4', { position: 1 }),
    channel('31', { type: 'voice', position: 0 }),
    channel('32', { parent_id: '20', position: 5 }),
    channel('33', { parent_id: '20', type: 'voice', position: 1 }),
    channel('34', { parent_id: '20', position: 3 }),
    channel('35', { parent_id: '404', position: 9 }),
  ])
  const tree = channelTree(server).map((group) => [group.category?.info.id ?? '', ...group.channels.map(({ info }) => info.id)])
  expect(tree).toEqual([['', '4', '30', '35', '31'], ['21'], ['22'], ['20', '34', '32', '33']])
  expect(firstTextChannel(server)?.info.id).toBe('4')
})

test('a tree without loose channels, and an empty one', () => {
  const server = serverOf([channel('20', { type: 'category' }), channel('21', { parent_id: '20', type: 'voice' })])
  expect(channelTree(server).map(({ category }) => category?.info.id)).toEqual(['20'])
  expect(firstTextChannel(server)).toBeUndefined()
  expect(channelTree(serverOf([]))).toEqual([])
})

test('what waits', () => {
  const read = (id: string, unread: number, mentions: number) => ({
    channel_id: id,
    last_read_id: '0',
    unread_count: unread,
    mention_count: mentions,
    version: 0,
  })
  const channels = [channel('1'), channel('2'), channel('3', { type: 'voice' })]
  const one = syncServer(channels, { read_states: [read('1', 5, 2), read('2', 1, 1)] })
  const other = syncServer([channel('4')], { server: { ...one.server, id: '10' }, read_states: [read('4', 0, 0)] })
  const state = start(snapshot(one, other))
  const servers = [...state.servers.values()]
  expect(servers.map(serverUnread)).toEqual([
    { unread: true, mentions: 3 },
    { unread: false, mentions: 0 },
  ])
  expect([...(servers[0]?.channels.values() ?? [])].map(channelUnread)).toEqual([
    { unread: true, mentions: 2 },
    { unread: true, mentions: 1 },
    { unread: false, mentions: 0 },
  ])
  expect(totalMentions(state)).toBe(3)
})

test('rights', () => {
  const member = serverOf([])
  const administrator = serverOf([], { permissions: ['administrator'] })
  const owner = serverOf([], { server: { ...member.info, owner_id: me }, permissions: [] })
  const manager = serverOf([], { permissions: ['manage_messages'] })
  const held = (...servers: ServerState[]) => servers.map((server) => can(server, 'manage_server'))
  expect(held(member, administrator, owner, manager)).toEqual([false, true, true, false])
  const own = message('1', { author: face(me) })
  const joined = message('1', { author: face(me), type: 'member_joined' })
  const others = message('1')
  expect([own, joined, others].map((one) => canEdit(member, one, me))).toEqual([true, false, false])
  expect(canEdit(manager, own, me), 'who may not write may not edit').toBe(false)
  expect([own, joined, others].map((one) => canDelete(member, one, me))).toEqual([true, false, false])
  expect([own, joined, others].map((one) => canDelete(manager, one, me))).toEqual([true, true, true])
})

test('a server that is fetched again keeps what was deleted, and is not stale', () => {
  const one = syncServer([channel('50'), channel('51')])
  const before = apply(start(snapshot(one)), { type: 'access.changed', v: 1, id: '1', at: '', server_id: serverId })
  const without = apply(before, { type: 'channel.deleted', v: 1, id: '1', at: '', server_id: serverId, channel_id: '51' })
  const after = putServer(without, one)
  expect([...after.stale]).toEqual([])
  expect([...(after.servers.get(serverId)?.channels.keys() ?? [])]).toEqual(['50'])
})

test('a mark beyond what numbers tell apart is still later', () => {
  const at = (id: string) => ({ channel_id: '50', last_read_id: id, unread_count: 0, mention_count: 0, version: Number(id) })
  const state = start(snapshot(syncServer([channel('50')], { read_states: [at('81985529216486700')] })))
  const read = (id: string) => apply(state, { type: 'read_state.updated', v: 1, id: '1', at: '', read_state: at(id) })
  expect(Number('81985529216486700')).toBe(Number('81985529216486701'))
  expect(findChannel(read('81985529216486701'), '50')?.channel.read?.last_read_id).toBe('81985529216486701')
  expect(read('81985529216486699')).toBe(state)
})

test('what did not change is shared', () => {
  const state = start(snapshot(syncServer([channel('50'), channel('51')])))
  const next = apply(state, created(message('60')))
  expect(findChannel(next, '51')?.channel).toBe(findChannel(state, '51')?.channel)
  expect(findChannel(next, '50')?.channel.info).toBe(findChannel(state, '50')?.channel.info)
  expect(next.user).toBe(state.user)
})
