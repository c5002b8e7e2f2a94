import type {
  Channel,
  ChannelID,
  Member,
  Message,
  MessageID,
  PermissionBits,
  Permissions,
  ReadState,
  SelfUser,
  Server,
  ServerID,
} from '@contract/types.gen'

/** The name of a right; nodes newer than this client may know more of them. */
export type Permission = Permissions[number] | (string & {})

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

/** A server the person is in, with the channels the person may view. */
export interface ServerState {
  readonly info: Server
  readonly member: Member
  /** In the order the node gave them. */
  readonly permissions: ReadonlySet<Permission>
  readonly permissionBits: PermissionBits
  readonly channels: ReadonlyMap<ChannelID, ChannelState>
  /** Channels that are gone for good. */
  readonly gone: Tombstones
}

/** A channel with everything that hangs on it. */
export interface ChannelState {
  readonly info: Channel
  /** Newest message ever; "" where there was none. */
  readonly last: MessageID | ''
  /** null for channels that have none (voice, category). */
  readonly read: ReadState | null
  readonly counted: Counted
  readonly gone: Tombstones
  readonly late: Late
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

/**
 * Messages that events told of while they lay outside the page, so that an answer that was made before them loses none of them when
 * it is taken in after them. Bounded: the oldest to arrive fall out, and `missed` is the greatest id among those.
 */
export interface Late {
  /** In the order they arrived. */
  readonly messages: readonly Message[]
  readonly missed: MessageID | ''
}

/** A run of messages without holes, oldest first. */
export interface Page {
  readonly messages: readonly Message[]
  /** It reaches the channel's first message. */
  readonly atStart: boolean
  /** It reaches now: new messages are appended. Otherwise the newer side is yet to be loaded. */
  readonly atEnd: boolean
  /** Lower end of the run, "" where it is atStart; stays when messages are deleted. Older ones are those before it. */
  readonly from: MessageID | ''
  /** Upper end of the run, "" where it is atEnd; stays when messages are deleted. Newer ones are those after it. */
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
