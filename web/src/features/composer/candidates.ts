import { match, type Match } from '@/model/search'
import type { Channel, PublicUser, UserID } from '@contract/types.gen'
import { channelMention } from './completion'

/** The most that is offered at once. */
export const offered = 8

/** A fit of the name people know goes before one of the username that is of the same kind. */
const nameWeight = 500

/** Something the token at the caret may become. `mention` is what is written for it. */
export type Candidate =
  | {
      readonly kind: 'person'
      readonly id: string
      readonly mention: string
      readonly user: PublicUser
      readonly name: Match | null
      readonly username: Match | null
    }
  | { readonly kind: 'everyone'; readonly id: 'everyone' | 'here'; readonly mention: string; readonly name: Match | null }
  | {
      readonly kind: 'channel'
      readonly id: string
      readonly mention: string
      readonly channel: Channel
      readonly name: Match | null
    }

export interface PeopleQuery {
  readonly query: string
  /** By name. */
  readonly members: readonly PublicUser[]
  /** Who wrote here lately, newest first: they come first among equals. */
  readonly recent: readonly PublicUser[]
  /** Whether everyone may be called. */
  readonly everyone: boolean
}

/** peopleFor gives whom @query may mean, best first. */
export function peopleFor({ query, members, recent, everyone }: PeopleQuery): Candidate[] {
  const order = new Map<UserID, number>()
  const users = new Map<UserID, PublicUser>(members.map((user) => [user.id, user]))
  for (const user of recent) {
    if (!order.has(user.id)) order.set(user.id, order.size)
    if (!users.has(user.id)) users.set(user.id, user)
  }
  const found = []
  for (const user of users.values()) {
    const name = near(query, user.display_name)
    const username = near(query, user.username)
    if (!name && !username) continue
    const score = Math.max((name?.score ?? -Infinity) + nameWeight, username?.score ?? -Infinity)
    found.push({ user, name, username, score, rank: order.get(user.id) ?? Infinity })
  }
  // Members come in the order of their names, which a stable sort keeps; comparing thousands of names again is slow.
  found.sort((a, b) => b.score - a.score || compare(a.rank, b.rank))
  const groups = everyone ? groupsFor(query) : []
  return [...found.slice(0, offered - groups.length).map(({ user, name, username }) => person(user, name, username)), ...groups]
}

/** Scattered letters do not count here: Enter chooses, and must not put in a name that nobody meant. */
function near(query: string, text: string): Match | null {
  if (query === '') return anything
  const found = match(query, text)
  return found && found.ranges.length <= 1 ? found : null
}

const anything: Match = { score: 0, ranges: [] }

const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1)

function person(user: PublicUser, name: Match | null, username: Match | null): Candidate {
  return { kind: 'person', id: user.id, mention: '@' + user.username, user, name, username }
}

function groupsFor(query: string): Candidate[] {
  const all = ['everyone', 'here'] as const
  return all
    .filter((word) => word.startsWith(query.toLowerCase()))
    .map((word) => ({ kind: 'everyone', id: word, mention: '@' + word, name: match(query, word) }))
}

/** channelsFor gives the channels #query may mean, best first; equals in the order of the list they come in. */
export function channelsFor(query: string, channels: readonly Channel[]): Candidate[] {
  const found = []
  for (const channel of channels) {
    const name = near(query, channel.name)
    if (name) found.push({ channel, name })
  }
  found.sort((a, b) => b.name.score - a.name.score)
  return found
    .slice(0, offered)
    .map(({ channel, name }) => ({ kind: 'channel', id: channel.id, mention: channelMention(channel, channels), channel, name }))
}
