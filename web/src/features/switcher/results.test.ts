import type { ChannelState, ServerState, State } from '@/model/types'
import { expect, test } from 'vitest'
import { find, routeTo, shown } from './results'

function channel(id: string, name: string, more: { unread?: number; mentions?: number; type?: string } = {}): ChannelState {
  const { unread = 0, mentions = 0, type = 'text' } = more
  return {
    info: { id, name, type, server_id: '1' },
    read: { unread_count: unread, mention_count: mentions },
  } as unknown as ChannelState
}

function server(id: string, name: string, ...channels: ChannelState[]): ServerState {
  return { info: { id, name }, channels: new Map(channels.map((one) => [one.info.id, one])) } as unknown as ServerState
}

const state = {
  servers: new Map(
    [
      server(
        '1',
        'Atelier',
        channel('11', 'general'),
        channel('12', 'repairs', { unread: 2 }),
        channel('13', 'Salon', { type: 'category' }),
      ),
      server('2', 'Chorale', channel('21', 'general', { unread: 1, mentions: 1 }), channel('22', 'genres')),
    ].map((one) => [one.info.id, one]),
  ),
} as unknown as State

const keys = (query: string, more: { recent?: string[]; here?: string } = {}) =>
  find({ query, state, recent: more.recent ?? [], here: more.here, pageName: (page) => page }).map(({ key }) => key)

test('without a query: where one was, what is unread, mentions first, then the rest', () => {
  expect(keys('', { recent: ['22', '11'], here: '22' })).toEqual(['c11', 'c21', 'c12'])
})

test('a channel that is gone is no suggestion', () =>
  expect(keys('', { recent: ['99', '11'] })).toEqual(['c11', 'c21', 'c12', 'c22']))

test('channels, servers and settings pages by name; a recent one outweighs a shorter name', () => {
  expect(keys('gen', { recent: ['21'] })).toEqual(['c21', 'c22', 'c11'])
  expect(keys('choral')).toEqual(['s2'])
  expect(keys('passw')).toEqual(['ppassword'])
  expect(keys('zzz')).toEqual([])
})

test('# asks for channels alone', () => {
  expect(keys('# repair')).toEqual(['c12'])
  expect(keys('#chorale')).toEqual([])
})

test('the list is bounded', () => {
  const many = server('3', 'Many', ...Array.from({ length: 200 }, (_, i) => channel(`3${i}`, `room ${i}`)))
  const big = { servers: new Map([['3', many]]) } as unknown as State
  expect(find({ query: 'room', state: big, recent: [], here: undefined, pageName: (page) => page })).toHaveLength(shown)
})

test('each leads somewhere', () => {
  const routes = ['genres', 'chorale', 'passw'].map(
    (query) => find({ query, state, recent: [], here: undefined, pageName: (page) => page }).map(routeTo)[0],
  )
  expect(routes).toEqual([
    { name: 'channel', server: '2', channel: '22' },
    { name: 'server', server: '2' },
    { name: 'settings', page: 'password' },
  ])
})
