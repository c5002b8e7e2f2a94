import type { Rest } from '@/api/rest'
import type { Pending, State } from '@/model/types'
import type {
  Channel,
  ChannelID,
  Instance,
  Member,
  Message,
  MessageID,
  PublicUser,
  SelfUser,
  ServerID,
  UserID,
} from '@contract/types.gen'

/**
 * What features see of a signed-in session. Everything readable here is reactive: a component that reads it follows it. A call
 * that fails throws a Problem unless it says otherwise.
 */
export interface Session {
  readonly state: State
  readonly me: SelfUser
  readonly instance: Instance
  readonly connection: Connection
  readonly rest: Rest
  /** Why the session is over; null while it lasts. The page then shows the door. */
  readonly ended: Ended | null

  readonly history: History
  readonly outbox: Outbox
  readonly drafts: Drafts
  readonly people: People
  readonly pluginNews: PluginNews

  /** Reads up to a message, or to the newest one; sent a little later, and never backwards. */
  markRead(channel: ChannelID, message?: MessageID): void
  /** Tells the others that this person is typing; at most every few seconds. */
  typing(channel: ChannelID): void
  /** Who else is typing now. */
  typists(channel: ChannelID): readonly UserID[]

  edit(message: Message, content: string): Promise<void>
  remove(message: Message): Promise<void>

  /** Fetches what joined or changed, until the server is there; false when it does not come. */
  awaitServer(server: ServerID): Promise<boolean>
  /** Try to connect now instead of later. */
  reconnect(): void
  signOut(everywhere?: boolean): Promise<void>
}

export type Ended = 'signed-out' | 'revoked' | 'expired'

/**
 * The state of the line: `connecting` for the first time; `live`; `degraded` the node itself cannot be sure that it hears all;
 * `waiting` the line is broken, next try at `until` (this machine's clock; 0: it is being tried); `offline` the browser has no network.
 */
export type Connection =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'live'; /** Messages that came while away, to be told once. */ readonly caughtUp?: number }
  | { readonly phase: 'degraded' }
  | { readonly phase: 'waiting'; readonly until: number }
  | { readonly phase: 'offline' }

export type Load = 'idle' | 'loading' | { readonly failed: string }

/** The loaded part of each channel's history is `state...page`; here it is moved. Failures are told in `of`, not thrown. */
export interface History {
  of(channel: ChannelID): { readonly first: Load; readonly older: Load; readonly newer: Load }
  /** Loads around the read mark when much is unread, else the newest page. Does nothing for a channel that is open. */
  open(channel: ChannelID): Promise<void>
  older(channel: ChannelID): Promise<void>
  newer(channel: ChannelID): Promise<void>
  /** Replaces the page by one around a message; false when that message is not there. */
  around(channel: ChannelID, message: MessageID): Promise<boolean>
  /** Replaces the page by the newest one, unless the page reaches now. */
  latest(channel: ChannelID): Promise<void>
  /** Forgets the page. */
  close(channel: ChannelID): void
}

/** Messages on their way, in the order they were written. Kept on this device until they arrive or are taken back. */
export interface Outbox {
  /** Messages of this person that did not arrive, in all channels and tabs: what is lost with a sign-out. */
  readonly count: number
  of(channel: ChannelID): readonly Pending[]
  send(channel: ChannelID, content: string, replyTo: Message | null): void
  retry(nonce: string): void
  /** Takes a message back that did not arrive. */
  discard(nonce: string): void
}

/**
 * What was typed and not sent, by channel; kept on this device, and shared with its other
 * tabs. The edit of a message goes under "edit.MESSAGE": it is not the draft of a channel, and is dropped when it gets old.
 */
export interface Drafts {
  /** How many channels have one. */
  readonly count: number
  get(key: string): string
  set(key: string, text: string): void
  /** Whether there is one; reactive. */
  has(key: string): boolean
}

/** The faces this client has met. */
export interface People {
  /** Someone by id; undefined while unknown, which also asks the node for them. */
  get(user: UserID): PublicUser | undefined
  /** The members of a server, by name. Reading starts loading; the list grows page by page. */
  members(server: ServerID): {
    readonly items: readonly Member[]
    readonly complete: boolean
    readonly failed: string
    retry(): void
  }
}

/** Tells that the settings of a server's plugins changed; what they are is asked for by those who look at them. */
export interface PluginNews {
  /** A number that grows with every change, and when changes may have been missed; reactive. */
  of(server: ServerID): number
}

export type { Channel, Pending, State }
