import type { Channel, PublicUser } from '@contract/types.gen'
import { expect, test } from 'vitest'
import { channelsFor, offered, peopleFor } from './candidates'

const user = (id: string, display_name: string, username: string): PublicUser => ({
  id,
  display_name,
  username,
  avatar_url: null,
})
const members = [user('1', 'Marguerite Roy', 'marguerite.r'), user('2', 'Lou Martin', 'lou'), user('3', 'Tom Okafor', 'mars')]
const mentions = (query: string, more: Partial<Parameters<typeof peopleFor>[0]> = {}) =>
  peopleFor({ query, members, recent: [], everyone: false, ...more }).map(({ mention }) => mention)

test('people are found by display name and by username', () => {
  expect(mentions('mar')).toEqual(['@marguerite.r', '@mars', '@lou'])
  expect(mentions('mars')).toEqual(['@mars'])
  expect(mentions('okaf')).toEqual(['@mars'])
  expect(mentions('nobody')).toEqual([])
})

test('letters that are scattered choose nobody', () => expect(mentions('mgt')).toEqual([]))

test('who wrote lately comes first, and need not be a known member', () => {
  const guest = user('9', 'Zoé', 'zoe')
  expect(mentions('', { recent: [guest, members[1] as PublicUser, guest] })).toEqual(['@zoe', '@lou', '@marguerite.r', '@mars'])
})

test('everyone is offered to those who may call everyone', () => {
  expect(mentions('every')).toEqual([])
  expect(mentions('every', { everyone: true })).toEqual(['@everyone'])
  const many = Array.from({ length: 20 }, (_, i) => user(String(i), `Person ${i}`, `p${i}`))
  const all = mentions('', { members: many, everyone: true })
  expect(all).toHaveLength(offered)
  expect(all.slice(-2)).toEqual(['@everyone', '@here'])
})

test('channels', () => {
  const channel = (id: string, name: string): Channel => ({
    id,
    name,
    server_id: '1',
    type: 'text',
    topic: '',
    parent_id: null,
    position: 0,
    created_at: '',
    version: 1,
  })
  const all = [channel('1', 'announcements'), channel('2', 'general'), channel('3', 'off topic')]
  expect(channelsFor('', all).map(({ mention }) => mention)).toEqual(['#announcements', '#general', '<#3>'])
  expect(channelsFor('gen', all).map(({ mention }) => mention)).toEqual(['#general'])
})
