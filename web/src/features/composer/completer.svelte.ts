import { channelTree } from '@/model/channels'
import { can } from '@/model/permissions'
import type { Session } from '@/session/port'
import type { ChannelID, PublicUser, ServerID } from '@contract/types.gen'
import { channelsFor, peopleFor, type Candidate } from './candidates'
import { tokenAt, type Token } from './completion'

/** How many of the newest messages are looked through for people to name. */
const recentMessages = 100

/** The list of what the name at the caret may become. */
export interface Completer {
  readonly open: boolean
  readonly token: Token | null
  readonly candidates: readonly Candidate[]
  /** Index of the one that Enter takes. */
  readonly active: number
  point(index: number): void
  /** Looks at the caret after typing, and may open. */
  look(): void
  /** Looks at the caret after it moved; never opens. */
  follow(): void
  /** Closes until another name is begun. */
  close(): void
  /** Does what a key means in the list, and tells whether it meant anything. */
  key(event: KeyboardEvent, choose: (index: number) => void): boolean
}

/** completer makes the list for one field; `place` and `area` are followed. */
export function completer(
  session: Session,
  place: () => { server: ServerID; channel: ChannelID },
  area: () => HTMLTextAreaElement | undefined,
): Completer {
  let token = $state.raw<Token | null>(null)
  let active = $state(0)
  let dismissed = -1
  const candidates = $derived(token ? candidatesFor(session, place(), token) : [])
  const open = $derived(candidates.length > 0)

  const here = (): Token | null => {
    const field = area()
    return field && field.selectionStart === field.selectionEnd ? tokenAt(field.value, field.selectionStart) : null
  }
  const set = (next: Token | null) => {
    if (next?.query !== token?.query || next?.from !== token?.from) active = 0
    token = next
  }
  const move = (to: number) => (active = (to + candidates.length) % candidates.length)

  return {
    get open() {
      return open
    },
    get token() {
      return token
    },
    get candidates() {
      return candidates
    },
    get active() {
      return Math.min(active, candidates.length - 1)
    },
    point: (index) => (active = index),
    look() {
      const next = here()
      if (next?.from !== dismissed) dismissed = -1
      set(dismissed < 0 ? next : null)
    },
    follow() {
      if (!token) return
      const next = here()
      set(next?.from === token.from ? next : null)
    },
    close() {
      token = null
    },
    key(event, choose) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false
      if (event.key === 'ArrowDown') move(this.active + 1)
      else if (event.key === 'ArrowUp') move(this.active - 1)
      else if (event.key === 'Enter' || event.key === 'Tab') choose(this.active)
      else if (event.key === 'Escape') {
        dismissed = token?.from ?? -1
        token = null
      } else return false
      return true
    },
  }
}

function candidatesFor(
  session: Session,
  { server, channel }: { server: ServerID; channel: ChannelID },
  token: Token,
): Candidate[] {
  const place = session.state.servers.get(server)
  if (!place) return []
  if (token.kind === 'channel') {
    const listed = channelTree(place).flatMap(({ channels }) => channels)
    return channelsFor(
      token.query,
      listed.map(({ info }) => info),
    )
  }
  return peopleFor({
    query: token.query,
    members: session.people.members(server).items.map(({ user }) => user),
    recent: recentAuthors(place.channels.get(channel)?.page?.messages ?? [], session.me.id),
    everyone: can(place, 'mention_everyone'),
  })
}

function recentAuthors(messages: readonly { author: PublicUser }[], me: string): PublicUser[] {
  return messages
    .slice(-recentMessages)
    .map(({ author }) => author)
    .filter(({ id }) => id !== me)
    .reverse()
}
