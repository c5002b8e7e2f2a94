import type { Channel, ChannelID, Member, Message, MessageID, ReadState, SelfUser, Server, ServerID } from '@contract/types.gen'

export type Permission = 'administrator' | 'manage_channels' | 'manage_server' | 'view_channels' | 'send_messages' | 'manage_messages' | 'create_invites' | 'manage_invites' | 'delete_server' | (string & {})

/**
 * What a client knows: a snapshot, brought up to date by events. Nothing in it is ever changed in place; a reducer gives a new
 * State that shares what stayed the same, so that === tells what changed.
 */
export interface State {
  readonly user: SelfUser
  readonly servers: ReadonlyMap<ServerID, ServerState>
  /** Servers whose snapshot must be fetched again: joined, or rights changed. */
  readonly stale: ReadonlySet<ServerID>
}

export interface ServerState {
  readonly info: Server
  readonly member: Member
  readonly permissions: ReadonlySet<Permission>
  readonly channels: ReadonlyMap<ChannelID, ChannelState>
  /** Channels that are gone for good. */
  readonly gone: Tombstones
}

export interface ChannelState {
  readonly info: Channel
  /** Newest message ever; "" where there was none. */
  readonly last: MessageID | ''
  /** null for channels that have none (voice, category). */
  readonly read: ReadState | null
  readonly counted: Counted
  readonly gone: Tombstones
  /** The loaded part of the history; null until the channel is opened. */
  readonly page: Page | null
}

/** The newest deletions, oldest first, bounded: a late creation or update must not bring a thing back. */
export type Tombstones = readonly string[]

/** Which messages are in the unread counts: all up to `upTo`, and those of `ids` (sorted, bounded). */
export interface Counted {
  readonly upTo: MessageID | ''
  readonly ids: readonly MessageID[]
}

/** A run of messages without holes, oldest first. */
export interface Page {
  readonly messages: readonly Message[]
  /** It reaches the channel's first message. */
  readonly atStart: boolean
  /** It reaches now: new messages are appended. Otherwise the newer side is yet to be loaded. */
  readonly atEnd: boolean
  /** Lower end of the run where it is not atStart; stays when messages are deleted. */
  readonly from: MessageID | ''
  /** Upper end of the run where it is not atEnd; stays when messages are deleted. */
  readonly upTo: MessageID | ''
}

/** A message on its way. Its nonce is its name until it has an id. */
export interface Pending {
  readonly nonce: string
  readonly channel: ChannelID
  readonly content: string
  readonly replyTo: { readonly id: MessageID; readonly authorId: string; readonly excerpt: string } | null
  /** When it was written, by this machine's clock. */
  readonly at: number
  readonly fate: Fate
}

/**
 * Where a message on its way is: `sending` an attempt is under way; `waiting` for the ones before it or for the line to come back
 * (until: when the next attempt is, by this machine's clock); `limited` the rate limit lets it go on at `until`; `refused` for good, with the
 * reason; `unsure` it may have arrived, but too long ago for the node to tell: the person decides.
 */
export type Fate =
  | { readonly kind: 'sending' }
  | { readonly kind: 'waiting'; readonly until?: number }
  | { readonly kind: 'limited'; readonly until: number }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  | { readonly kind: 'unsure' }
