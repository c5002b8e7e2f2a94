// Code generated from api/openapi.yaml; DO NOT EDIT.

/** Snowflake as a decimal string. */
export type UserID = string

/** Snowflake as a decimal string. */
export type ServerID = string

/** Snowflake as a decimal string. */
export type ChannelID = string

/** Snowflake as a decimal string. */
export type MessageID = string

/** Snowflake as a decimal string. */
export type SessionID = string

/** Snowflake as a decimal string. */
export type RoleID = string

/** A message id, or "0" where nothing was read yet. */
export type ReadUpTo = string

/** RFC 3339, UTC, milliseconds. */
export type Time = string

/** RFC 3339, UTC, milliseconds; null where it did not happen or never will. */
export type NullableTime = string | null

/** Names of rights; more may come. */
export type Permissions = ('create_invites' | 'kick_members' | 'ban_members' | 'administrator' | 'manage_channels' | 'manage_server' | 'add_reactions' | 'view_audit_log' | 'stream' | 'view_channels' | 'send_messages' | 'manage_messages' | 'embed_links' | 'attach_files' | 'read_history' | 'mention_everyone' | 'connect' | 'speak' | 'mute_members' | 'deafen_members' | 'move_members' | 'change_nickname' | 'manage_nicknames' | 'manage_roles' | 'manage_webhooks' | 'use_commands' | 'create_threads' | 'send_in_threads' | 'timeout_members' | 'delete_server' | 'manage_plugins' | 'manage_permissions' | 'manage_invites')[]

/** The same rights as a decimal string of bits. */
export type PermissionBits = string

/** What anyone who shares a server with a user may see. */
export type PublicUser = {
  id: UserID
  username: string
  display_name: string
  avatar_url: string | null
}

/** A user's own view of the account. */
export type SelfUser = {
  id: UserID
  username: string
  display_name: string
  avatar_url: string | null
  first_name: string
  last_name: string
  email: string
  locale: Locale
  provider: 'VANILLA' | 'LDAP' | 'GOOGLE'
  platform_role?: 'user_moderator' | 'server_moderator' | 'application_administrator'
  validated: boolean
  created_at: Time
  version: number
}

/** A community. */
export type Server = {
  id: ServerID
  name: string
  description: string
  owner_id: UserID
  visibility: Visibility
  template: Template
  created_at: Time
  version: number
}

/** A public server is shown as a card and joined by anyone; a private one by invite only. */
export type Visibility = 'public' | 'private'

/** The rights a plain member starts with: open may write, quiet may only read. */
export type Template = 'open' | 'quiet'

/** What a person who is not a member sees of a public server or through an invite. */
export type ServerCard = {
  id: ServerID
  name: string
  description: string
  visibility: Visibility
  member_count: number
  channel_count: number
}

/** Server for members, ServerCard for others; only Server has owner_id. */
export type ServerView = Server | ServerCard

export type ChannelType = 'text' | 'voice' | 'category'

/** A place of a server. */
export type Channel = {
  id: ChannelID
  server_id: ServerID
  type: ChannelType
  name: string
  topic: string
  /** The category it lies in. */
  parent_id: string | null
  position: number
  created_at: Time
  version: number
}

/** A user in a server. */
export type Member = {
  server_id: ServerID
  user: PublicUser
  role_ids: RoleID[]
  joined_at: Time
  version: number
}

/** Lets people join a server by a code. */
export type Invite = {
  code: string
  server: ServerCard
  creator_id: UserID
  /** null: no bound. */
  max_uses: number | null
  uses: number
  expires_at: NullableTime
  created_at: Time
}

/** Whom a message names, each once. */
export type Mentions = {
  users: UserID[]
  roles: RoleID[]
  channels: ChannelID[]
  everyone: boolean
}

export type Attachment = {
  id: string
  filename: string
  mimetype: string
  /** Bytes. */
  size: number
  url: string
}

export type Embed = {
  url: string
  title: string
  description: string
}

export type Reaction = {
  emoji: string
  count: number
  me: boolean
}

/** What a message answers. */
export type ReplyExcerpt = {
  id: MessageID
  author_id: string
  /** Plain text; empty when the original is gone. */
  excerpt: string
} | null

export type Message = {
  id: MessageID
  channel_id: ChannelID
  server_id: ServerID
  type: 'message' | 'message_pinned' | 'thread_created' | 'call_started' | 'member_joined'
  author: PublicUser
  /** As typed, with mentions stored as <@id>, <@&id>, <#id>. */
  content: string
  /** Sanitised rendering of the content. */
  html: string
  mentions: Mentions
  reply_to: ReplyExcerpt
  attachments: Attachment[]
  embeds: Embed[]
  reactions: Reaction[]
  pinned: boolean
  flags: number
  created_at: Time
  edited_at: NullableTime
  /** Rises with every change. */
  version: number
  /** The sender's own mark, for the sender's clients. */
  nonce?: string
}

export type ReadState = {
  channel_id: ChannelID
  last_read_id: ReadUpTo
  /** Messages of others after last_read_id; stops at 100. */
  unread_count: number
  /** Those of them that mention the user; stops at 100. */
  mention_count: number
  version: number
}

/** Where the session lives: tokens in the answer, or an HttpOnly cookie. */
export type SessionMode = 'token' | 'cookie'

/** Language of texts. */
export type Locale = 'en' | 'fr'

export type Registration = 'open' | 'invite' | 'closed'

/** A signed-in client. */
export type Session = {
  id: SessionID
  created_at: Time
  last_used_at: Time
  /** As the client named itself when it signed in. */
  user_agent: string
  /** The session of this request. */
  current: boolean
}

/** The signed-in user. With session=token the tokens are beside it; with session=cookie only expires_at, and the cookie is set. While the account waits for validation the user stands alone: there is no session yet. */
export type AuthResult = {
  user: SelfUser
  /** For Authorization: Bearer; only with session=token. */
  access_token?: string
  /** Seconds the access token lives; only with session=token. */
  expires_in?: number
  /** For POST /auth/refresh, once; only with session=token. */
  refresh_token?: string
  expires_at?: Time
}

/** RFC 9457 problem details. */
export type Problem = {
  /** Link to the code's documentation. */
  type: string
  title: string
  status: number
  detail: string
  /** The request id, also in X-Request-Id. */
  instance: string
  /** A name of the error catalogue; programs decide by it. */
  code: string
  /** Values of the text and hints such as retry_after_ms. */
  params?: Record<string, unknown>
  /** For validation: every problem at once. */
  errors?: FieldProblem[]
}

export type FieldProblem = {
  /** JSON pointer (RFC 6901) into the body, or ?name for a query parameter. */
  pointer: string
  code: string
  detail: string
}

export type RegisterRequest = {
  first_name: string
  last_name: string
  /** Public and unique without case; kept in lower case. */
  username: string
  email: string
  /** Not a common one, and not equal to username, mail or product name. */
  password: string
  locale?: Locale
  /** Invite code, where registration needs one. */
  invite?: string
  session?: SessionMode
}

export type SetupRequest = {
  /** From the set-up link the node prints at its first start. */
  token: string
  first_name: string
  last_name: string
  username: string
  email: string
  password: string
  locale?: Locale
  session?: SessionMode
}

export type LoginRequest = {
  /** Username or mail address. */
  login: string
  password: string
  /** Six digits, where the account has a second factor. */
  totp?: string
  session?: SessionMode
}

export type RefreshRequest = {
  refresh_token: string
}

/** One of the two is enough. */
export type StepUpRequest = {
  password?: string
  totp?: string
}

export type UpdateMeRequest = {
  first_name?: string
  last_name?: string
  /** Public and unique without case; kept in lower case. */
  username?: string
  locale?: Locale
}

export type ChangePasswordRequest = {
  current_password: string
  new_password: string
  /** End every other session of the account. */
  sign_out_others?: boolean
}

export type CreateServerRequest = {
  name: string
  description?: string
  visibility: Visibility
  template?: Template
}

export type UpdateServerRequest = {
  name?: string
  description?: string
  visibility?: Visibility
}

export type CreateChannelRequest = {
  name: string
  type: ChannelType
  /** A category of the same server; null or absent: none. */
  parent_id?: string | null
  topic?: string
}

export type UpdateChannelRequest = {
  name?: string
  topic?: string
  /** null takes the channel out of its category. */
  parent_id?: string | null
  /** Order among its siblings. */
  position?: number
}

export type CreateInviteRequest = {
  /** null or absent: no bound. */
  max_uses?: number | null
  /** Seconds from now; null or absent: never. */
  expires_in_s?: number | null
}

export type SendMessageRequest = {
  /** The instance's limit counts code points (4000 unless changed; see GET /instance). */
  content: string
  /** The same nonce by the same author in the same channel answers with the message that exists, for at least ten minutes. */
  nonce?: string
  reply_to?: string | null
}

export type EditMessageRequest = {
  content: string
}

export type MarkReadRequest = {
  message_id: MessageID
}

export type InterestRequest = {
  /** From the stream's ready event. */
  session_id: string
  servers: Record<string, Interest>
}

/** active: every event; passive: mentions and unread counts; none: nothing but changes of access. */
export type Interest = 'active' | 'passive' | 'none'

/** Reverse DNS in lower case, such as chat.beep.moderation. */
export type PluginID = string

/** Snowflake as a decimal string. */
export type VerdictID = string

/** One text by language; English is always there. */
export type Text = {
  en: string
  fr?: string
}

/** What becomes of a message whose plugin failed: open lets it pass and flags it, closed refuses it until the plugin works again. */
export type OnFailure = 'open' | 'closed'

/** allow: nothing; reject: the message is refused; replace: other content takes its place; flag: it passes and moderators are told. */
export type PluginAction = 'allow' | 'reject' | 'replace' | 'flag'

/** A place in Beep's work where plugins are called. More may come. */
export type PluginHook = string

/** A plugin as it works in one server. */
export type ServerPlugin = {
  plugin_id: PluginID
  /** Of the plugin. */
  version: string
  name: Text
  description: Text
  hooks: PluginHook[]
  /** compiling: it will be ready; failed: it stays so until the operator installs another version. */
  state: 'compiling' | 'ready' | 'failed'
  /** Hooks that failed too often and are not called for a while. */
  resting: PluginHook[]
  enabled: boolean
  /** It judges and records but acts on nothing. */
  dry_run: boolean
  on_failure: OnFailure
  /** The configuration, with the defaults of what was left out. */
  config: Record<string, unknown>
  /** JSON Schema of the configuration, properties in the order of the form; null where there is nothing to configure. */
  config_schema: Record<string, unknown> | null
  /** Version of these settings, for If-Match; 0: never set. */
  revision: number
}

export type ServerPluginList = {
  plugins: ServerPlugin[]
}

export type UpdatePluginRequest = {
  enabled?: boolean
  dry_run?: boolean
  on_failure?: OnFailure
  /** The whole configuration; what is left out has its default. 64 KiB at most. */
  config?: Record<string, unknown>
}

export type TryPluginRequest = {
  /** As a message; mentions in the form in which they are stored, such as <@1>. */
  content: string
  /** The channel it would be sent to; null or absent: none in particular. */
  channel_id?: string | null
  /** A configuration to try before it is stored; absent: the stored one. */
  config?: Record<string, unknown>
}

/** What a plugin would do. */
export type PluginTrial = {
  action: PluginAction
  reason?: Text
  /** The other content, with replace. */
  content?: string
  /** Which rule was met, in words of the plugin. */
  rule?: string
  /** What the rule met. */
  excerpt?: string
}

/** A judgement of a message. A refused message was never stored: message_id leads nowhere. */
export type PluginVerdict = {
  id: VerdictID
  created_at: Time
  channel_id: ChannelID
  author: PublicUser
  message_id: MessageID
  /** It was an edit of a message that exists. */
  edit: boolean
  action: PluginAction
  /** By language; null where the plugin gave none. */
  reason: {
    en: string
    fr?: string
  } | null
  /** Which rule was met, in words of the plugin. */
  rule: string
  /** What the rule met. */
  excerpt: string
  /** It was not acted on. */
  dry_run: boolean
  /** The plugin failed; this is what was done instead. */
  failed: boolean
}

export type PluginVerdictList = {
  /** Newest first. */
  verdicts: PluginVerdict[]
}

export type Ticket = {
  /** For GET /events?ticket=, once. */
  ticket: string
  /** Seconds. */
  expires_in: number
}

/** Everything a client needs to start; the stream goes on from its cursor. */
export type Sync = {
  /** Where to begin the stream; read before the data. */
  cursor: string
  user: SelfUser
  servers: SyncServer[]
}

export type SyncServer = {
  server: Server
  /** Those the user may view. */
  channels: Channel[]
  member: Member
  permissions: Permissions
  permissions_bits: PermissionBits
  /** Channel id to the id of its newest message ever; channels without one are absent. */
  last_message_ids: Record<string, MessageID>
  read_states: ReadState[]
}

/** What anyone may know of this Beep before signing in. */
export type Instance = {
  name: string
  version: string
  registration: Registration
  /** New accounts wait until they are validated. */
  validation_required: boolean
  /** The first administrator does not exist yet; the set-up link is waiting. */
  setup_pending: boolean
  limits: InstanceLimits
}

export type InstanceLimits = {
  /** 0: off. */
  message_characters: number
  /** COUNT/TIME a user, such as 10/10s; 0: off. */
  message_rate: string
  /** 0: off. */
  servers_per_user: number
  /** 0: off. */
  streams_per_user: number
  body_bytes: number
}

/** Newest first. */
export type MessageList = Message[]

export type ServerPage = {
  items: Server[]
  /** Cursor of the next page; null at the end. */
  next: string | null
}

export type ChannelPage = {
  items: Channel[]
  /** Cursor of the next page; null at the end. */
  next: string | null
}

export type MemberPage = {
  items: Member[]
  /** Cursor of the next page; null at the end. */
  next: string | null
}

export type InvitePage = {
  items: Invite[]
  /** Cursor of the next page; null at the end. */
  next: string | null
}

export type SessionPage = {
  items: Session[]
  /** Cursor of the next page; null at the end. */
  next: string | null
}

/** Where each operation lives, under /api/v1. */
export const routes = {
  register: { method: 'POST', path: '/auth/register' },
  login: { method: 'POST', path: '/auth/login' },
  refresh: { method: 'POST', path: '/auth/refresh' },
  logout: { method: 'POST', path: '/auth/logout' },
  logoutAll: { method: 'POST', path: '/auth/logout-all' },
  stepUp: { method: 'POST', path: '/auth/step-up' },
  listSessions: { method: 'GET', path: '/auth/sessions' },
  revokeSession: { method: 'DELETE', path: '/auth/sessions/{session_id}' },
  getMe: { method: 'GET', path: '/users/@me' },
  updateMe: { method: 'PATCH', path: '/users/@me' },
  changePassword: { method: 'PUT', path: '/users/@me/password' },
  getUser: { method: 'GET', path: '/users/{user_id}' },
  listMyServers: { method: 'GET', path: '/users/@me/servers' },
  createServer: { method: 'POST', path: '/servers' },
  getServer: { method: 'GET', path: '/servers/{server_id}' },
  updateServer: { method: 'PATCH', path: '/servers/{server_id}' },
  deleteServer: { method: 'DELETE', path: '/servers/{server_id}' },
  joinServer: { method: 'POST', path: '/servers/{server_id}/join' },
  listChannels: { method: 'GET', path: '/servers/{server_id}/channels' },
  createChannel: { method: 'POST', path: '/servers/{server_id}/channels' },
  getChannel: { method: 'GET', path: '/channels/{channel_id}' },
  updateChannel: { method: 'PATCH', path: '/channels/{channel_id}' },
  deleteChannel: { method: 'DELETE', path: '/channels/{channel_id}' },
  listMembers: { method: 'GET', path: '/servers/{server_id}/members' },
  leaveServer: { method: 'DELETE', path: '/servers/{server_id}/members/@me' },
  listInvites: { method: 'GET', path: '/servers/{server_id}/invites' },
  createInvite: { method: 'POST', path: '/servers/{server_id}/invites' },
  listPlugins: { method: 'GET', path: '/servers/{server_id}/plugins' },
  getPlugin: { method: 'GET', path: '/servers/{server_id}/plugins/{plugin_id}' },
  updatePlugin: { method: 'PATCH', path: '/servers/{server_id}/plugins/{plugin_id}' },
  tryPlugin: { method: 'POST', path: '/servers/{server_id}/plugins/{plugin_id}/try' },
  listVerdicts: { method: 'GET', path: '/servers/{server_id}/plugins/{plugin_id}/verdicts' },
  getInvite: { method: 'GET', path: '/invites/{code}' },
  revokeInvite: { method: 'DELETE', path: '/invites/{code}' },
  joinInvite: { method: 'POST', path: '/invites/{code}/join' },
  sendMessage: { method: 'POST', path: '/channels/{channel_id}/messages' },
  listMessages: { method: 'GET', path: '/channels/{channel_id}/messages' },
  getMessage: { method: 'GET', path: '/channels/{channel_id}/messages/{message_id}' },
  editMessage: { method: 'PATCH', path: '/channels/{channel_id}/messages/{message_id}' },
  deleteMessage: { method: 'DELETE', path: '/channels/{channel_id}/messages/{message_id}' },
  markRead: { method: 'PUT', path: '/channels/{channel_id}/read' },
  sendTyping: { method: 'POST', path: '/channels/{channel_id}/typing' },
  sync: { method: 'GET', path: '/sync' },
  createEventTicket: { method: 'POST', path: '/events/ticket' },
  setInterest: { method: 'PUT', path: '/events/interest' },
  events: { method: 'GET', path: '/events' },
  setup: { method: 'POST', path: '/setup' },
  getInstance: { method: 'GET', path: '/instance' },
} as const

/** What each operation takes and answers; void is an answer without a body. */
export interface Operations {
  register: { params: {}; query: {}; headers: {}; body: RegisterRequest; answer: AuthResult }
  login: { params: {}; query: {}; headers: {}; body: LoginRequest; answer: AuthResult }
  refresh: { params: {}; query: {}; headers: {}; body: RefreshRequest; answer: AuthResult }
  logout: { params: {}; query: {}; headers: {}; body: undefined; answer: void }
  logoutAll: { params: {}; query: {}; headers: {}; body: undefined; answer: void }
  stepUp: { params: {}; query: {}; headers: {}; body: StepUpRequest; answer: void }
  listSessions: { params: {}; query: {}; headers: {}; body: undefined; answer: SessionPage }
  revokeSession: { params: { session_id: SessionID }; query: {}; headers: {}; body: undefined; answer: void }
  getMe: { params: {}; query: {}; headers: {}; body: undefined; answer: SelfUser }
  updateMe: { params: {}; query: {}; headers: {}; body: UpdateMeRequest; answer: SelfUser }
  changePassword: { params: {}; query: {}; headers: {}; body: ChangePasswordRequest; answer: void }
  getUser: { params: { user_id: UserID }; query: {}; headers: {}; body: undefined; answer: PublicUser }
  listMyServers: { params: {}; query: {}; headers: {}; body: undefined; answer: ServerPage }
  createServer: { params: {}; query: {}; headers: { 'Idempotency-Key'?: string }; body: CreateServerRequest; answer: Server }
  getServer: { params: { server_id: ServerID }; query: {}; headers: {}; body: undefined; answer: ServerView }
  updateServer: { params: { server_id: ServerID }; query: {}; headers: { 'If-Match'?: string }; body: UpdateServerRequest; answer: Server }
  deleteServer: { params: { server_id: ServerID }; query: {}; headers: {}; body: undefined; answer: void }
  joinServer: { params: { server_id: ServerID }; query: {}; headers: {}; body: undefined; answer: Server }
  listChannels: { params: { server_id: ServerID }; query: {}; headers: {}; body: undefined; answer: ChannelPage }
  createChannel: { params: { server_id: ServerID }; query: {}; headers: { 'Idempotency-Key'?: string }; body: CreateChannelRequest; answer: Channel }
  getChannel: { params: { channel_id: ChannelID }; query: {}; headers: {}; body: undefined; answer: Channel }
  updateChannel: { params: { channel_id: ChannelID }; query: {}; headers: { 'If-Match'?: string }; body: UpdateChannelRequest; answer: Channel }
  deleteChannel: { params: { channel_id: ChannelID }; query: { release_children?: boolean }; headers: {}; body: undefined; answer: void }
  listMembers: { params: { server_id: ServerID }; query: { cursor?: string; limit?: number }; headers: {}; body: undefined; answer: MemberPage }
  leaveServer: { params: { server_id: ServerID }; query: {}; headers: {}; body: undefined; answer: void }
  listInvites: { params: { server_id: ServerID }; query: { cursor?: string; limit?: number }; headers: {}; body: undefined; answer: InvitePage }
  createInvite: { params: { server_id: ServerID }; query: {}; headers: { 'Idempotency-Key'?: string }; body: CreateInviteRequest | undefined; answer: Invite }
  listPlugins: { params: { server_id: ServerID }; query: {}; headers: {}; body: undefined; answer: ServerPluginList }
  getPlugin: { params: { server_id: ServerID; plugin_id: PluginID }; query: {}; headers: {}; body: undefined; answer: ServerPlugin }
  updatePlugin: { params: { server_id: ServerID; plugin_id: PluginID }; query: {}; headers: { 'If-Match'?: string }; body: UpdatePluginRequest; answer: ServerPlugin }
  tryPlugin: { params: { server_id: ServerID; plugin_id: PluginID }; query: {}; headers: {}; body: TryPluginRequest; answer: PluginTrial }
  listVerdicts: { params: { server_id: ServerID; plugin_id: PluginID }; query: { before?: VerdictID; limit?: number }; headers: {}; body: undefined; answer: PluginVerdictList }
  getInvite: { params: { code: string }; query: {}; headers: {}; body: undefined; answer: Invite }
  revokeInvite: { params: { code: string }; query: {}; headers: {}; body: undefined; answer: void }
  joinInvite: { params: { code: string }; query: {}; headers: {}; body: undefined; answer: Server }
  sendMessage: { params: { channel_id: ChannelID }; query: {}; headers: {}; body: SendMessageRequest; answer: Message }
  listMessages: { params: { channel_id: ChannelID }; query: { before?: MessageID; after?: MessageID; around?: MessageID; limit?: number }; headers: {}; body: undefined; answer: MessageList }
  getMessage: { params: { channel_id: ChannelID; message_id: MessageID }; query: {}; headers: {}; body: undefined; answer: Message }
  editMessage: { params: { channel_id: ChannelID; message_id: MessageID }; query: {}; headers: {}; body: EditMessageRequest; answer: Message }
  deleteMessage: { params: { channel_id: ChannelID; message_id: MessageID }; query: {}; headers: {}; body: undefined; answer: void }
  markRead: { params: { channel_id: ChannelID }; query: {}; headers: {}; body: MarkReadRequest; answer: void }
  sendTyping: { params: { channel_id: ChannelID }; query: {}; headers: {}; body: undefined; answer: void }
  sync: { params: {}; query: {}; headers: {}; body: undefined; answer: Sync }
  createEventTicket: { params: {}; query: {}; headers: {}; body: undefined; answer: Ticket }
  setInterest: { params: {}; query: {}; headers: {}; body: InterestRequest; answer: void }
  events: { params: {}; query: { ticket?: string; last_event_id?: string; servers?: string; types?: string }; headers: { 'Last-Event-ID'?: string }; body: undefined; answer: void }
  setup: { params: {}; query: {}; headers: {}; body: SetupRequest; answer: AuthResult }
  getInstance: { params: {}; query: {}; headers: {}; body: undefined; answer: Instance }
}
