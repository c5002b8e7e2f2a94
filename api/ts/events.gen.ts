// Code generated from api/events.yaml; DO NOT EDIT.

import type { Message, Channel, Server, Member, Invite, ReadState, SelfUser } from './types.gen'

/** What every event of the log carries; ids are decimal strings. */
export interface Envelope {
  v: 1
  id: string
  server_id?: string
  channel_id?: string
  actor_id?: string
  at: string
}

/** A message was sent. */
export interface MessageCreatedEvent extends Envelope {
  type: 'message.created'
  message: Message
}

/** A message was edited, pinned or re-rendered; the whole message with its new version. */
export interface MessageUpdatedEvent extends Envelope {
  type: 'message.updated'
  message: Message
}

/** A message is gone for good. author_id, mentioned and everyone let clients take it out of their unread counts. */
export interface MessageDeletedEvent extends Envelope {
  type: 'message.deleted'
  message_id: string
  author_id: string
  mentioned: string[]
  everyone: boolean
}

/** A channel was made. */
export interface ChannelCreatedEvent extends Envelope {
  type: 'channel.created'
  channel: Channel
}

/** A channel's name, topic, parent or position changed. */
export interface ChannelUpdatedEvent extends Envelope {
  type: 'channel.updated'
  channel: Channel
}

/** A channel is gone, with its messages. */
export interface ChannelDeletedEvent extends Envelope {
  type: 'channel.deleted'
}

/** A server's name, description or visibility changed. */
export interface ServerUpdatedEvent extends Envelope {
  type: 'server.updated'
  server: Server
}

/** A server the person was a member of is gone. */
export interface ServerDeletedEvent extends Envelope {
  type: 'server.deleted'
  server_id: string
}

/** A person joined; to the person too, whose client then fetches the server. */
export interface MemberJoinedEvent extends Envelope {
  type: 'member.joined'
  member: Member
}

/** A member's roles or public face changed. */
export interface MemberUpdatedEvent extends Envelope {
  type: 'member.updated'
  member: Member
}

/** A person left or was removed; to the person too. */
export interface MemberRemovedEvent extends Envelope {
  type: 'member.removed'
  user_id: string
}

/** What the person may see in the server changed; fetch its layout again. */
export interface AccessChangedEvent extends Envelope {
  type: 'access.changed'
  server_id: string
}

/** An invite was made. */
export interface InviteCreatedEvent extends Envelope {
  type: 'invite.created'
  invite: Invite
}

/** An invite was revoked. */
export interface InviteDeletedEvent extends Envelope {
  type: 'invite.deleted'
  code: string
}

/** The settings of a plugin of the server changed; version is their new revision. What they are is for those who manage plugins. */
export interface PluginUpdatedEvent extends Envelope {
  type: 'plugin.updated'
  plugin_id: string
  version: number
}

/** The person read further in a channel, on any device. */
export interface ReadStateUpdatedEvent extends Envelope {
  type: 'read_state.updated'
  read_state: ReadState
}

/** The person's own account changed. */
export interface UserUpdatedEvent extends Envelope {
  type: 'user.updated'
  user: SelfUser
}

/** A person is typing; clients forget it after 8 s. */
export interface TypingStartedEvent extends Envelope {
  type: 'typing.started'
  user_id: string
}

/** First event of every stream. */
export interface ReadyEvent {
  type: 'ready'
  session_id: string
  resumed: boolean
  heartbeat_ms: number
  cursor: string
}

/** Sent when nothing else was for heartbeat_ms; moves the cursor on. */
export interface HeartbeatEvent {
  type: 'heartbeat'
  at: string
}

/** The stream cannot go on from the cursor given; fetch GET /sync after after_ms and go on from its cursor. */
export interface ResyncEvent {
  type: 'resync'
  reason: string
  after_ms: number
}

/** The node cannot be sure that it hears every event; open channels should be refetched now and then. */
export interface DegradedEvent {
  type: 'degraded'
  reason: string
}

/** The node hears every event again and has delivered what was missing. */
export interface HealedEvent {
  type: 'healed'
}

/** Last event before the server closes the stream. */
export interface ByeEvent {
  type: 'bye'
  reason: string
  reconnect: boolean
}

/** Any event of the log, told apart by type. */
export type BeepEvent =
  | MessageCreatedEvent
  | MessageUpdatedEvent
  | MessageDeletedEvent
  | ChannelCreatedEvent
  | ChannelUpdatedEvent
  | ChannelDeletedEvent
  | ServerUpdatedEvent
  | ServerDeletedEvent
  | MemberJoinedEvent
  | MemberUpdatedEvent
  | MemberRemovedEvent
  | AccessChangedEvent
  | InviteCreatedEvent
  | InviteDeletedEvent
  | PluginUpdatedEvent
  | ReadStateUpdatedEvent
  | UserUpdatedEvent
  | TypingStartedEvent

/** Any control event of a stream, told apart by type. */
export type ControlEvent =
  | ReadyEvent
  | HeartbeatEvent
  | ResyncEvent
  | DegradedEvent
  | HealedEvent
  | ByeEvent

/** The types of the log's events. */
export const eventTypes = [
  'message.created',
  'message.updated',
  'message.deleted',
  'channel.created',
  'channel.updated',
  'channel.deleted',
  'server.updated',
  'server.deleted',
  'member.joined',
  'member.updated',
  'member.removed',
  'access.changed',
  'invite.created',
  'invite.deleted',
  'plugin.updated',
  'read_state.updated',
  'user.updated',
  'typing.started',
] as const
