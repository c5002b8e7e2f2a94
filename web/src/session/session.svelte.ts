import { Problem } from '@/api/problem'
import type { Rest } from '@/api/rest'
import { read } from '@/api/stream'
import { apply } from '@/model/apply'
import { putMessage } from '@/model/page'
import { start } from '@/model/state'
import type { State } from '@/model/types'
import type { BeepEvent } from '@contract/events.gen'
import type { ChannelID, Instance, Message, MessageID, SelfUser, ServerID, Sync, UserID } from '@contract/types.gen'
import { CaughtUp } from './caughtup'
import { Drafts } from './drafts'
import { browser, Timer, type Environment } from './environment'
import { Here } from './here'
import { History } from './history'
import { Holder } from './holder'
import { problemOf, type Outlook } from './line'
import { Outbox } from './outbox'
import { People } from './people'
import { PluginNews } from './plugin_news'
import type { Connection, Ended, Session } from './port'
import { ReadMarks } from './readmarks'
import { Refresh } from './refresh'
import { Ring } from './ring'
import { Store } from './store'
import { Tabs, type TabsOptions } from './tabs'
import { Typing } from './typing'

/**
 * While the node cannot be sure that it hears all, the page in sight is fetched again at the latest after so long. Each time is
 * drawn from the second half of it, so that clients do not ask together.
 */
export const degradedEveryMs = 10_000

export interface SessionOptions {
  rest: Rest
  instance: Instance
  /** Who signed in. */
  user: SelfUser
  /** This device keeps nothing: drafts and unsent messages go with the tab. Called once at most. */
  forgetful?: () => void
  environment?: Environment
  read?: TabsOptions['read']
}

/** createSession makes the session of a person who is signed in. It knows nothing until it is started. */
export const createSession = (options: SessionOptions): LiveSession => new LiveSession(options)

/** A session and its life: start once, close once. */
export class LiveSession implements Session {
  readonly instance: Instance
  readonly rest: Rest
  readonly history: History
  readonly outbox: Outbox
  readonly drafts: Drafts
  readonly people: People
  readonly pluginNews = new PluginNews()
  readonly #holder: Holder
  readonly #store: Store
  readonly #tabs: Tabs
  readonly #here: Here
  readonly #ring = new Ring('')
  readonly #typing: Typing
  readonly #marks: ReadMarks
  readonly #refresh: Refresh
  readonly #caughtUp: CaughtUp
  readonly #degraded = new Timer()
  readonly #random: () => number
  readonly #closed = new AbortController()
  #connection = $state.raw<Connection>({ phase: 'connecting' })
  #ended = $state.raw<Ended | null>(null)

  constructor({
    rest: plain,
    instance,
    user,
    environment = browser(),
    read: reader = read,
    forgetful = () => {},
  }: SessionOptions) {
    const rest = (this.rest = this.#watched(plain))
    const holder = (this.#holder = new Holder(start({ user, servers: [] })))
    this.#random = () => environment.random()
    const store = (this.#store = new Store(environment, user.id, forgetful))
    const ring = this.#ring
    this.instance = instance
    this.people = new People(environment, rest)
    this.history = new History({ rest, holder, met: (messages) => this.#met(messages) })
    this.outbox = new Outbox({ environment, rest, store, sent: (message) => this.#put(message) })
    this.drafts = new Drafts(environment, store)
    this.#typing = new Typing(environment, rest, () => this.me.id)
    this.#marks = new ReadMarks(environment, rest, holder)
    this.#refresh = new Refresh({
      environment,
      snapshot: (signal) => this.#snapshot(signal),
      holder,
      ring,
      refetch: (...which) => this.history.refetch(...which),
    })
    this.#caughtUp = new CaughtUp((caughtUp) => (this.#connection = { phase: 'live', caughtUp }))
    this.#tabs = new Tabs({
      environment,
      user: user.id,
      read: reader,
      ring,
      sync: (signal) => this.#sync(signal),
      heard: (event) => this.#hear(event),
      outlook: (outlook) => this.#look(outlook),
      ended: (why) => this.#end(why),
    })
    this.#here = new Here(environment, user.id, () => this.#tabs.end('expired'))
  }

  get state(): State {
    return this.#holder.state
  }

  get me(): SelfUser {
    return this.#holder.state.user
  }

  get connection(): Connection {
    return this.#connection
  }

  get ended(): Ended | null {
    return this.#ended
  }

  /** Fetches what there is and goes live; throws a Problem when the first fetch fails, and may be called again then. */
  async start(): Promise<void> {
    this.#here.listen()
    await this.#sync(this.#closed.signal)
    this.#here.tell()
    await this.outbox.start()
    if (!this.#closed.signal.aborted) this.#tabs.start()
  }

  /** Ends every timer and connection. What was typed and not sent stays kept, unless the person signed out. */
  close(): void {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    const leaving = this.#ended === 'signed-out'
    this.drafts.close(!leaving)
    this.outbox.close()
    this.#tabs.close()
    this.#here.close()
    this.history.end()
    this.people.close()
    this.#typing.close()
    this.#marks.close()
    this.#refresh.close()
    this.#caughtUp.close()
    this.#degraded.clear()
    if (leaving) this.#store.forget()
  }

  markRead(channel: ChannelID, message?: MessageID): void {
    this.#marks.mark(channel, message)
  }

  typing(channel: ChannelID): void {
    this.#typing.tell(channel)
  }

  typists(channel: ChannelID): readonly UserID[] {
    return this.#typing.of(channel)
  }

  async edit(message: Message, content: string): Promise<void> {
    const params = { channel_id: message.channel_id, message_id: message.id }
    this.#put(await this.rest('editMessage', { params, body: { content } }))
  }

  async remove(message: Message): Promise<void> {
    const { channel_id, server_id, id, author, mentions } = message
    try {
      await this.rest('deleteMessage', { params: { channel_id, message_id: id } })
    } catch (error) {
      if (problemOf(error).status !== 404) throw error
    }
    const said = { message_id: id, author_id: author.id, mentioned: mentions.users, everyone: mentions.everyone }
    const event: BeepEvent = { v: 1, id: '', at: '', type: 'message.deleted', server_id, channel_id, ...said }
    this.#holder.change((state) => apply(state, event))
  }

  awaitServer(server: ServerID): Promise<boolean> {
    return this.#refresh.await(server)
  }

  reconnect(): void {
    this.#tabs.reconnect()
  }

  async signOut(everywhere = false): Promise<void> {
    // The node ends the stream before it answers: every tab is to know why.
    this.#tabs.leave(true)
    try {
      await this.rest(everywhere ? 'logoutAll' : 'logout')
    } catch (error) {
      if (problemOf(error).status !== 401) {
        this.#tabs.leave(false)
        throw error
      }
    }
    if (this.#ended === null) this.#tabs.end('signed-out')
  }

  /** What there is now. Another person may have signed in since: nothing of theirs is taken, and this session is over. */
  async #snapshot(signal: AbortSignal): Promise<Sync> {
    const snapshot = await this.rest('sync', { signal })
    if (snapshot.user.id === this.me.id) return snapshot
    this.#tabs.end('expired')
    throw new Problem('session_expired', 401)
  }

  async #sync(signal: AbortSignal): Promise<string> {
    const snapshot = await this.#snapshot(signal)
    const restore = await this.history.refetch(signal)
    signal.throwIfAborted()
    this.#ring.reset(snapshot.cursor)
    this.history.replaced()
    this.#holder.change(() => restore(start(snapshot)))
    this.#marks.reapply()
    this.people.meet([snapshot.user, ...snapshot.servers.map(({ member }) => member.user)])
    this.people.refresh()
    this.pluginNews.missed()
    return snapshot.cursor
  }

  #hear(event: BeepEvent): void {
    this.#holder.change((state) => apply(state, event))
    this.people.hear(event)
    this.pluginNews.hear(event)
    this.#typing.hear(event)
    if (event.type === 'message.created') this.#heardMessage(event.message)
    if (event.type === 'member.removed' && event.user_id === this.me.id) this.people.forget(event.server_id ?? '')
    this.#refresh.soon()
  }

  #heardMessage(message: Message): void {
    if (message.author.id !== this.me.id) this.#caughtUp.count()
    else if (message.nonce) this.outbox.arrived(message.nonce)
    this.history.grown(message.channel_id)
  }

  #put(message: Message): void {
    this.#holder.change((state) => putMessage(state, message))
  }

  #met(messages: readonly Message[]): void {
    this.people.meet(messages.map(({ author }) => author))
    for (const { nonce, author } of messages) if (nonce && author.id === this.me.id) this.outbox.arrived(nonce)
  }

  #look(outlook: Outlook): void {
    this.#connection = outlook.connection
    const { phase } = outlook.connection
    this.#caughtUp.look(phase)
    this.outbox.outlook(outlook)
    if (phase === 'live') this.#marks.hurry()
    if (phase !== 'degraded') this.#degraded.clear()
    else if (!this.#degraded.isSet) this.#refetchLater()
  }

  #refetchLater(): void {
    const half = degradedEveryMs / 2
    this.#degraded.set(half + this.#random() * half, () => void this.#refetch())
  }

  async #refetch(): Promise<void> {
    const { signal } = this.#closed
    const restore = await this.history.refetch(signal).catch(() => undefined)
    if (signal.aborted || this.#connection.phase !== 'degraded') return
    if (restore) this.#holder.change(restore)
    this.#refetchLater()
  }

  #end(why: Ended): void {
    this.#ended = why
    this.close()
  }

  /** The session is over as soon as any answer says so. */
  #watched(rest: Rest): Rest {
    return async (operation, ...options) => {
      try {
        return await rest(operation, ...options)
      } catch (error) {
        if (error instanceof Problem && over.has(error.code) && operation !== 'logout' && operation !== 'logoutAll')
          this.#tabs.end('expired')
        throw error
      }
    }
  }
}

const over = new Set(['unauthenticated', 'session_expired'])
