import type { BeepEvent } from '@contract/events.gen'
import type { Channel, Message, PublicUser, Server, SyncServer } from '@contract/types.gen'
import type { Snapshot } from './state'

// Objects for tests, plain where nothing is said. The person is "1", the server "9", the channel "50".

export const me = '1'
export const serverId = '9'
export const channelId = '50'

const noon = '2026-03-02T12:00:00.000Z'

export const face = (id: string, name = 'user' + id): PublicUser => ({ id, username: name, display_name: name, avatar_url: null })

export const channel = (id: string, change: Partial<Channel> = {}): Channel => ({
  id,
  server_id: serverId,
  type: 'text',
  name: 'c' + id,
  topic: '',
  parent_id: null,
  position: 0,
  created_at: noon,
  version: 1,
  ...change,
})

export const message = (id: string, change: Partial<Message> = {}): Message => ({
  id,
  channel_id: channelId,
  server_id: serverId,
  type: 'message',
  author: face('2'),
  content: 'm' + id,
  html: '',
  mentions: { users: [], roles: [], channels: [], everyone: false },
  reply_to: null,
  attachments: [],
  embeds: [],
  reactions: [],
  pinned: false,
  flags: 0,
  created_at: noon,
  edited_at: null,
  version: 1,
  ...change,
})

/** Messages newest first, as the node answers. */
export const answer = (...ids: (string | number)[]): Message[] => ids.map((id) => message(String(id)))

const server: Server = {
  id: serverId,
  name: 'Engine',
  description: '',
  owner_id: '2',
  visibility: 'public',
  template: 'open',
  created_at: noon,
  version: 1,
}

export const syncServer = (channels: Channel[], change: Partial<SyncServer> = {}): SyncServer => ({
  server,
  channels,
  member: { server_id: serverId, user: face(me), role_ids: [], joined_at: noon, version: 1 },
  permissions: ['view_channels', 'send_messages'],
  permissions_bits: '3072',
  last_message_ids: {},
  read_states: [],
  ...change,
})

export const snapshot = (...servers: SyncServer[]): Snapshot => ({
  user: {
    ...face(me),
    first_name: '',
    last_name: '',
    email: '',
    locale: 'en',
    provider: 'VANILLA',
    validated: true,
    created_at: noon,
    version: 1,
  },
  servers,
})

const envelope = (inChannel: string) => ({ v: 1 as const, id: '1', server_id: serverId, channel_id: inChannel, at: noon })

export const created = (message: Message): BeepEvent => ({ ...envelope(message.channel_id), type: 'message.created', message })

export const updated = (message: Message): BeepEvent => ({ ...envelope(message.channel_id), type: 'message.updated', message })

export const deleted = (message: Message): BeepEvent => ({
  ...envelope(message.channel_id),
  type: 'message.deleted',
  message_id: message.id,
  author_id: message.author.id,
  mentioned: message.mentions.users,
  everyone: message.mentions.everyone,
})

/** Numbers from 0 to below n, the same ones for the same seed (mulberry32). */
export function generator(seed: number): (n: number) => number {
  let at = seed
  return (n) => {
    at = (at + 0x6d2b79f5) | 0
    let t = Math.imul(at ^ (at >>> 15), 1 | at)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * n)
  }
}
