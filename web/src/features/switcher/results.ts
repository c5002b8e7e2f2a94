import { match, type Match } from '@/model/search'
import { channelUnread } from '@/model/unread'
import type { ChannelState, ServerState, State } from '@/model/types'
import { accountPages, type AccountPage, type Route } from '@/nav/route'
import type { ChannelID } from '@contract/types.gen'

/** The most that is shown; who wants more types another letter. */
export const shown = 40

/** A place one can jump to. */
export type Result = { readonly key: string; readonly name: Match | null } & (
  | { readonly kind: 'channel'; readonly channel: ChannelState; readonly server: ServerState }
  | { readonly kind: 'server'; readonly server: ServerState }
  | { readonly kind: 'page'; readonly page: AccountPage }
)

export interface Question {
  readonly query: string
  readonly state: State
  /** Latest first. */
  readonly recent: readonly ChannelID[]
  /** Where one is: no place to jump to. */
  readonly here: ChannelID | undefined
  /** What a settings page is called. */
  readonly pageName: (page: AccountPage) => string
}

/** find gives the places a query may mean, best first. Without a query: where one was lately, what is unread, the rest. */
export function find(question: Question): Result[] {
  const query = question.query.trim()
  return query === '' ? suggestions(question) : search(query, question)
}

/** routeTo is where a result leads. */
export function routeTo(result: Result): Route {
  switch (result.kind) {
    case 'channel':
      return { name: 'channel', server: result.server.info.id, channel: result.channel.info.id }
    case 'server':
      return { name: 'server', server: result.server.info.id }
    case 'page':
      return { name: 'settings', page: result.page }
  }
}

interface Place {
  readonly channel: ChannelState
  readonly server: ServerState
}

function channelsOf(state: State): Map<ChannelID, Place> {
  const all = new Map<ChannelID, Place>()
  for (const server of state.servers.values())
    for (const channel of server.channels.values())
      if (channel.info.type === 'text') all.set(channel.info.id, { channel, server })
  return all
}

function suggestions({ state, recent, here }: Question): Result[] {
  const all = channelsOf(state)
  const unread = [...all.values()]
    .filter(({ channel }) => channelUnread(channel).unread)
    .sort((a, b) => channelUnread(b.channel).mentions - channelUnread(a.channel).mentions)
    .map(({ channel }) => channel.info.id)
  const ids = new Set([...recent, ...unread, ...all.keys()])
  if (here) ids.delete(here)
  return [...ids]
    .flatMap((id) => all.get(id) ?? [])
    .slice(0, shown)
    .map((place) => channelResult(place, null))
}

const channelResult = (place: Place, name: Match | null): Result => ({
  kind: 'channel',
  key: 'c' + place.channel.info.id,
  name,
  ...place,
})

/** What the latest place weighs more than one never seen: as much as a name that is so many characters shorter. */
const recencyWeight = 30

function search(query: string, { state, recent, pageName }: Question): Result[] {
  const found: { result: Result; score: number }[] = []
  const add = (wanted: string, name: string, make: (hit: Match) => Result, bonus = 0) => {
    const hit = match(wanted, name)
    if (hit) found.push({ result: make(hit), score: hit.score + bonus })
  }
  const bonuses = new Map(recent.map((id, index) => [id, Math.max(0, recencyWeight - index)]))
  // As in a message, # means a channel.
  const wanted = query.replace(/^#\s*/, '')
  for (const [id, place] of channelsOf(state))
    add(wanted, place.channel.info.name, (hit) => channelResult(place, hit), bonuses.get(id))
  if (wanted === query) {
    for (const server of state.servers.values())
      add(query, server.info.name, (name) => ({ kind: 'server', key: 's' + server.info.id, server, name }))
    for (const page of accountPages) add(query, pageName(page), (name) => ({ kind: 'page', key: 'p' + page, page, name }))
  }
  return found
    .sort((a, b) => b.score - a.score)
    .slice(0, shown)
    .map(({ result }) => result)
}
