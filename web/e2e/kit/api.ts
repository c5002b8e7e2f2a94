import { restOf, type Rest } from '@/api/rest'
import type { Channel, ChannelID, Message, SelfUser, Server, ServerID } from '@contract/types.gen'

/** Every account here has this password. */
export const password = 'a quiet afternoon of numbers'

/** An account and its way to the REST interface, by a session of its own beside those of its browsers. */
export interface Account {
  readonly user: SelfUser
  readonly rest: Rest
}

/** A server with text channels, as its owner made it. */
export interface Place {
  readonly server: Server
  readonly channels: readonly Channel[]
}

/** Calls the interface of a node with a token, or as nobody. */
export function restWith(base: string, token?: string): Rest {
  const authorization: Record<string, string> = token ? { Authorization: 'Bearer ' + token } : {}
  return restOf({
    language: () => 'en',
    fetcher: (path, init) => fetch(base + String(path), { ...init, headers: { ...init?.headers, ...authorization } }),
  })
}

/** Makes an account. Its name is the username with a capital, unless told. */
export async function signUp(base: string, username: string, firstName?: string, lastName = 'Example'): Promise<Account> {
  const { user, access_token } = await restWith(base)('register', {
    body: {
      first_name: firstName ?? username.charAt(0).toUpperCase() + username.slice(1),
      last_name: lastName,
      username,
      email: username + '@example.org',
      password,
      locale: 'en',
      session: 'token',
    },
  })
  if (!access_token) throw new Error('no token')
  return { user, rest: restWith(base, access_token) }
}

/** Signs in to an account that exists. */
export async function signIn(base: string, username: string): Promise<Account> {
  const { user, access_token } = await restWith(base)('login', { body: { login: username, password, session: 'token' } })
  if (!access_token) throw new Error('no token')
  return { user, rest: restWith(base, access_token) }
}

/** Makes a public server with text channels of these names; a new server begins with one called general. */
export async function createPlace(owner: Account, name: string, channels: readonly string[]): Promise<Place> {
  const server = await owner.rest('createServer', { body: { name, visibility: 'public' } })
  const params = { server_id: server.id }
  const { items } = await owner.rest('listChannels', { params })
  const made: Channel[] = []
  for (const wanted of channels) {
    const there = items.find(({ name }) => name === wanted)
    made.push(there ?? (await owner.rest('createChannel', { params, body: { name: wanted, type: 'text' } })))
  }
  return { server, channels: made }
}

/** Joins a public server. */
export async function join(account: Account, server: ServerID): Promise<void> {
  await account.rest('joinServer', { params: { server_id: server } })
}

/** Sends messages one after the other, so that their order is that of the list. */
export async function sendAll(account: Account, channel: ChannelID, contents: readonly string[]): Promise<Message[]> {
  const sent: Message[] = []
  for (const content of contents)
    sent.push(await account.rest('sendMessage', { params: { channel_id: channel }, body: { content } }))
  return sent
}

/** The whole history of a channel, oldest first. */
export async function history(account: Account, channel: ChannelID): Promise<Message[]> {
  const all: Message[] = []
  for (let before: string | undefined; ;) {
    const page = await account.rest('listMessages', { params: { channel_id: channel }, query: { before, limit: 100 } })
    all.unshift(...page.toReversed())
    before = page.at(-1)?.id
    if (page.length < 100) return all
  }
}
