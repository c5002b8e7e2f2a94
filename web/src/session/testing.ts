import type { StreamOptions, Streamed } from '@/api/stream'
import { Problem } from '@/api/problem'
import type { Operation, Rest } from '@/api/rest'
import type { BeepEvent, ControlEvent } from '@contract/events.gen'
import type { Channel, Member, Message, PublicUser, SelfUser, Sync, SyncServer } from '@contract/types.gen'
import type { Broadcast, Environment, Locks } from './environment'

/** Lets everything that waits for nothing but its turn go on. */
export async function settle(turns = 40): Promise<void> {
  for (let i = 0; i < turns; i++) await Promise.resolve()
}

interface Held {
  name: string
  tab: string
  rob: (reason: unknown) => void
  free: () => void
}

interface Waiting {
  name: string
  tab: string
  grant: () => void
}

/** What the tabs of one browser share: storage, locks, broadcast channels, the network. */
export class FakeBrowser {
  readonly kept = new Map<string, string>()
  readonly tabs: FakeTab[] = []
  readonly channels: { name: string; tab: FakeTab; port: Broadcast }[] = []
  held: Held[] = []
  waiting: Waiting[] = []
  network = true
  /** Every call of setItem throws. */
  full = false
  #ids = 0

  constructor(readonly secure = true) {}

  tab(): FakeTab {
    const tab = new FakeTab(this, 'tab' + ++this.#ids)
    this.tabs.push(tab)
    return tab
  }

  nextId(): string {
    return String(++this.#ids).padStart(32, 'f')
  }

  /** The network goes or comes back, and every tab is told. */
  setNetwork(network: boolean): void {
    this.network = network
    for (const tab of this.tabs) tab.emit(network ? 'online' : 'offline', {})
  }

  release(name: string): void {
    this.held = this.held.filter((lock) => lock.name !== name)
    const at = this.waiting.findIndex((waiting) => waiting.name === name)
    if (at >= 0) this.waiting.splice(at, 1)[0]?.grant()
  }
}

/** One tab: the environment of its session. */
export class FakeTab implements Environment {
  readonly locks: Locks | null
  readonly storage: Storage
  alive = true
  /** A frozen tab hears nothing. */
  frozen = false
  chance = 0
  readonly #listeners: { name: string; heard: (event: never) => void }[] = []

  constructor(
    readonly browser: FakeBrowser,
    readonly page: string,
  ) {
    this.locks = browser.secure ? { request: (...args) => this.#request(...args) } : null
    this.storage = this.#storage()
  }

  now = () => Date.now()
  random = () => this.chance
  id = () => this.browser.nextId()
  online = () => this.browser.network

  channel(name: string): Broadcast {
    const { channels } = this.browser
    const port: Broadcast = {
      onmessage: null,
      postMessage: (message) => {
        const data: unknown = structuredClone(message)
        if (!this.alive) return
        for (const other of channels.filter((one) => one.name === name && one.port !== port))
          queueMicrotask(() => {
            if (channels.includes(other) && other.tab.alive && !other.tab.frozen) other.port.onmessage?.({ data })
          })
      },
      close: () => {
        const at = channels.findIndex((one) => one.port === port)
        if (at >= 0) channels.splice(at, 1)
      },
    }
    channels.push({ name, tab: this, port })
    return port
  }

  listen(name: string, heard: (event: never) => void): () => void {
    const listener = { name, heard }
    this.#listeners.push(listener)
    return () => void this.#listeners.splice(this.#listeners.indexOf(listener), 1)
  }

  emit(name: string, event: object): void {
    if (this.alive && !this.frozen)
      for (const listener of [...this.#listeners]) if (listener.name === name) listener.heard(event as never)
  }

  /** The tab dies without a word: its locks go to others, nothing it does is seen any more. */
  crash(): void {
    this.alive = false
    this.browser.waiting = this.browser.waiting.filter(({ tab }) => tab !== this.page)
    for (const { name } of this.browser.held.filter(({ tab }) => tab === this.page)) this.browser.release(name)
  }

  async #request(
    name: string,
    options: { signal?: AbortSignal; steal?: boolean; ifAvailable?: boolean },
    held: (lock: unknown) => Promise<void> | void,
  ) {
    const { browser } = this
    await Promise.resolve()
    options.signal?.throwIfAborted()
    const owner = browser.held.find((lock) => lock.name === name)
    if (owner && options.ifAvailable) return held(null)
    if (owner && options.steal) {
      browser.held = browser.held.filter((lock) => lock !== owner)
      owner.rob(new DOMException('stolen', 'AbortError'))
    } else if (owner) await this.#queue(name, options.signal)
    let robbed: Held | undefined
    const theft = new Promise<never>((_, rob) => browser.held.push((robbed = { name, tab: this.page, rob, free: () => {} })))
    theft.catch(() => {})
    await Promise.race([held({ name }), theft])
    if (robbed && browser.held.includes(robbed)) browser.release(name)
  }

  #queue(name: string, signal?: AbortSignal): Promise<void> {
    return new Promise((grant, refuse) => {
      const waiting = { name, tab: this.page, grant }
      this.browser.waiting.push(waiting)
      signal?.addEventListener('abort', () => {
        this.browser.waiting = this.browser.waiting.filter((one) => one !== waiting)
        refuse(signal.reason)
      })
    })
  }

  #storage(): Storage {
    const { browser } = this
    const change = (key: string, newValue: string | null) => {
      if (!this.alive) return
      if (newValue === null) browser.kept.delete(key)
      else browser.kept.set(key, newValue)
      for (const tab of browser.tabs) if (tab !== this) queueMicrotask(() => tab.emit('storage', { key, newValue }))
    }
    return {
      get length() {
        return browser.kept.size
      },
      key: (n) => [...browser.kept.keys()][n] ?? null,
      getItem: (key) => browser.kept.get(key) ?? null,
      setItem: (key, value) => {
        if (browser.full) throw new DOMException('full', 'QuotaExceededError')
        change(key, value)
      },
      removeItem: (key) => change(key, null),
      clear: () => browser.kept.clear(),
    }
  }
}

/** The node's side of the streams: every open one, and a log that cursors point into. */
export class FakeNode {
  epoch = 'e'
  log: { position: number; event: BeepEvent }[] = []
  position = 0
  /** Cursors older than this are answered with resync. */
  oldest = 0
  refuse: Problem | undefined
  streams: { tab: FakeTab; send: (streamed: Streamed) => void; fail: (problem?: Problem) => void }[] = []
  opened: string[] = []

  get cursor(): string {
    return `${this.epoch}.${this.position}`
  }

  /** An event of the log, on every stream. */
  tell(event: BeepEvent): void {
    this.position++
    this.log.push({ position: this.position, event })
    this.broadcast(event, this.cursor)
  }

  /** Anything at all, on every stream. */
  broadcast(event: BeepEvent | ControlEvent, cursor = ''): void {
    for (const stream of [...this.streams]) stream.send({ event, cursor })
  }

  /** The node goes away, or one of its connections does. */
  cut(problem: Problem | undefined = new Problem('unreachable', 0)): void {
    for (const stream of [...this.streams]) stream.fail(problem)
  }

  /** The `read` of one tab. */
  readFor(tab: FakeTab): (options: StreamOptions) => AsyncGenerator<Streamed> {
    return (options) => this.#read(tab, options)
  }

  async *#read(tab: FakeTab, { cursor, signal }: StreamOptions): AsyncGenerator<Streamed> {
    await Promise.resolve()
    signal.throwIfAborted()
    this.opened.push(cursor)
    if (!tab.alive) return void (await new Promise(() => {}))
    if (!tab.browser.network) throw new Problem('unreachable', 0)
    if (this.refuse) throw this.refuse
    const waiting: Streamed[] = this.#greeting(cursor)
    let wake = () => {}
    let over: { problem?: Problem } | undefined
    const stream = {
      tab,
      send: (streamed: Streamed) => (waiting.push(structuredClone(streamed)), wake()),
      fail: (problem?: Problem) => ((over = { problem }), wake()),
    }
    this.streams.push(stream)
    signal.addEventListener('abort', () => wake())
    try {
      for (;;) {
        while (waiting.length > 0 && tab.alive) yield waiting.shift() as Streamed
        signal.throwIfAborted()
        if (over?.problem) throw over.problem
        if (over) return
        await new Promise<void>((go) => (wake = go))
      }
    } finally {
      this.streams = this.streams.filter((one) => one !== stream)
    }
  }

  #greeting(cursor: string): Streamed[] {
    const [epoch, position] = cursor.split('.')
    const resumed = epoch === this.epoch && Number(position) >= this.oldest && Number(position) <= this.position
    const ready: Streamed = {
      event: { type: 'ready', session_id: 's', resumed, heartbeat_ms: 25_000, cursor: this.cursor },
      cursor: this.cursor,
    }
    if (!resumed) return [ready, { event: { type: 'resync', reason: 'expired', after_ms: 100 }, cursor: this.cursor }]
    const missed = this.log.filter((entry) => entry.position > Number(position))
    return [ready, ...missed.map((entry) => ({ event: entry.event, cursor: `${this.epoch}.${entry.position}` }))]
  }
}

/** What a call brought; never, because only the test knows its type. */
interface FakeOptions {
  params: never
  query: never
  body: never
}

type Answers = { [Op in Operation]?: (options: FakeOptions) => unknown }

/** A rest that answers by functions; what has none is a 404. Calls are counted by operation. */
export function fakeRest(answers: Answers): Rest & { calls: { operation: Operation; options: FakeOptions }[] } {
  const calls: { operation: Operation; options: FakeOptions }[] = []
  const rest = async (operation: Operation, options = {} as FakeOptions) => {
    calls.push({ operation, options })
    await Promise.resolve()
    const answer = answers[operation]
    if (!answer) throw new Problem('not_found', 404)
    return structuredClone(await answer(options))
  }
  return Object.assign(rest as Rest, { calls })
}

/** A promise and its ends. */
export function later<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: unknown) => void } {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((good, bad) => ((resolve = good), (reject = bad)))
  return { promise, resolve, reject }
}

const time = '2026-03-01T09:30:00.000Z'

export const person = (id: string, name = 'user' + id): PublicUser => ({
  id,
  username: name,
  display_name: name,
  avatar_url: null,
})

export const self = (id = '1'): SelfUser => ({
  ...person(id),
  first_name: 'A',
  last_name: 'B',
  email: 'a@example.org',
  locale: 'en',
  provider: 'VANILLA',
  validated: true,
  created_at: time,
  version: 1,
})

export const message = (id: string, author = '2', more: Partial<Message> = {}): Message => ({
  id,
  channel_id: '20',
  server_id: '10',
  type: 'message',
  author: person(author),
  content: 'm' + id,
  html: 'm' + id,
  mentions: { users: [], roles: [], channels: [], everyone: false },
  reply_to: null,
  attachments: [],
  embeds: [],
  reactions: [],
  pinned: false,
  flags: 0,
  created_at: time,
  edited_at: null,
  version: 1,
  ...more,
})

export const member = (server: string, id: string, name?: string): Member => ({
  server_id: server,
  user: person(id, name),
  role_ids: [],
  joined_at: time,
  version: 1,
})

export const channel = (id: string, server = '10'): Channel => ({
  id,
  server_id: server,
  type: 'text',
  name: 'c' + id,
  topic: '',
  parent_id: null,
  position: 0,
  created_at: time,
  version: 1,
})

export const syncServer = (id = '10', channels = ['20'], more: Partial<SyncServer> = {}): SyncServer => ({
  server: {
    id,
    name: 's' + id,
    description: '',
    owner_id: '1',
    visibility: 'private',
    template: 'open',
    created_at: time,
    version: 1,
  },
  channels: channels.map((one) => channel(one, id)),
  member: member(id, '1'),
  permissions: ['view_channels', 'send_messages'],
  permissions_bits: '0',
  last_message_ids: {},
  read_states: channels.map((one) => ({ channel_id: one, last_read_id: '0', unread_count: 0, mention_count: 0, version: 0 })),
  ...more,
})

export const sync = (cursor: string, servers = [syncServer()]): Sync => ({ cursor, user: self(), servers })

let events = 0

/** An event of the log with its envelope. */
export function event<Type extends BeepEvent['type']>(
  type: Type,
  body: Omit<Extract<BeepEvent, { type: Type }>, 'type' | 'v' | 'id' | 'at'>,
): Extract<BeepEvent, { type: Type }> {
  return { v: 1, id: 'ev' + ++events, at: time, type, ...body } as unknown as Extract<BeepEvent, { type: Type }>
}

export const created = (one: Message) =>
  event('message.created', { message: one, server_id: one.server_id, channel_id: one.channel_id, actor_id: one.author.id })
