import type { Rest } from '@/api/rest'
import type { Pending } from '@/model/types'
import type { ChannelID, Message } from '@contract/types.gen'
import { SvelteMap } from 'svelte/reactivity'
import { Cell } from './cell.svelte'
import { Timer, type Environment } from './environment'
import { problemOf, type Outlook } from './line'
import { Peers } from './peers'
import type { Outbox as Port } from './port'
import { adopt, arrived, attempt, due, entryOf, failed, hurry, retry, type Entry, type Queue } from './queue'
import type { Store } from './store'

const part = 'outbox'
const excerptCharacters = 140

export interface OutboxOptions {
  environment: Environment
  rest: Rest
  store: Store
  /** The node's answer: the message is in the channel. */
  sent: (message: Message) => void
}

/**
 * Sends what is written, in order by channel, and keeps it on this device until it arrived. Each tab keeps its own under a key of
 * its own; when it is gone, another takes its messages over.
 */
export class Outbox implements Port {
  readonly #options: OutboxOptions
  readonly #id: string
  readonly #timer = new Timer()
  readonly #closed = new AbortController()
  readonly #peers: Peers
  /** How many messages other tabs keep. */
  readonly #elsewhere = new SvelteMap<string, number>()
  #unlisten = () => {}
  #kept = ''
  #open = true
  #queue: Queue = []
  readonly #byChannel = new Cell<ReadonlyMap<ChannelID, readonly Pending[]>>(new Map())

  constructor(options: OutboxOptions) {
    this.#options = options
    const { environment, store } = options
    this.#id = environment.id()
    this.#peers = new Peers({
      environment,
      lockOf: (tab) => store.key(part, tab),
      id: this.#id,
      gone: (nonces) => this.#set(nonces.reduce(arrived, this.#queue)),
    })
  }

  /** Makes this tab known to the others and takes over what tabs left that are gone. */
  async start(): Promise<void> {
    const { store } = this.#options
    await this.#peers.start()
    if (this.#closed.signal.aborted) return this.#peers.close()
    this.#unlisten = store.follow(part, (tab, value) => this.#noticed(tab, value))
    for (const tab of store.names(part)) this.#noticed(tab, store.get(store.key(part, tab)))
  }

  /** Ends every attempt and timer; what did not arrive stays kept. */
  close(): void {
    this.#closed.abort()
    this.#timer.clear()
    this.#unlisten()
    this.#peers.close()
  }

  of(channel: ChannelID): readonly Pending[] {
    return this.#byChannel.value.get(channel) ?? none
  }

  get count(): number {
    const all = [...[...this.#byChannel.value.values()].map((list) => list.length), ...this.#elsewhere.values()]
    return all.reduce((sum, n) => sum + n, 0)
  }

  send(channel: ChannelID, content: string, replyTo: Message | null): void {
    const { environment } = this.#options
    const excerpt = replyTo && [...replyTo.content].slice(0, excerptCharacters).join('')
    const quoted = replyTo && { id: replyTo.id, authorId: replyTo.author.id, excerpt: excerpt ?? '' }
    this.#set([...this.#queue, entryOf({ nonce: environment.id(), channel, content, replyTo: quoted, at: environment.now() })])
    this.#pump()
  }

  retry(nonce: string): void {
    this.#set(retry(this.#queue, nonce))
    this.#pump()
  }

  discard(nonce: string): void {
    this.#peers.tellGone([nonce])
    this.arrived(nonce)
  }

  /** The channel has the message of this nonce. */
  arrived(nonce: string): void {
    this.#set(arrived(this.#queue, nonce))
    this.#pump()
  }

  /** Holds everything while there is no line, and goes on at once when it is back. */
  outlook({ connection: { phase }, reachable }: Outlook): void {
    const open = phase !== 'offline' && (phase !== 'waiting' || reachable)
    const back = phase === 'live' || (open && !this.#open)
    this.#open = open
    if (back) this.#set(hurry(this.#queue))
    this.#pump()
  }

  #set(queue: Queue): void {
    if (queue === this.#queue) return
    this.#queue = queue
    this.#byChannel.value = byChannel(queue)
    this.#keep()
  }

  #pump(): void {
    if (this.#closed.signal.aborted) return
    const { environment } = this.#options
    const { now, next } = due(this.#queue, environment.now(), this.#open)
    for (const { nonce } of now) {
      this.#set(attempt(this.#queue, nonce, environment.now()))
      const entry = this.#queue.find((one) => one.nonce === nonce)
      if (entry?.fate.kind === 'sending') void this.#attempt(entry)
      else return this.#pump()
    }
    if (next === 0) this.#timer.clear()
    else this.#timer.set(Math.max(0, next - environment.now()), () => this.#pump())
  }

  async #attempt({ nonce, channel, content, replyTo }: Entry): Promise<void> {
    const { rest, environment, sent } = this.#options
    const { signal } = this.#closed
    try {
      const body = { content, nonce, ...(replyTo && { reply_to: replyTo.id }) }
      const message = await rest('sendMessage', { params: { channel_id: channel }, body, signal })
      if (signal.aborted) return
      sent(message)
      this.arrived(nonce)
    } catch (error) {
      if (signal.aborted) return
      this.#set(failed(this.#queue, nonce, problemOf(error), environment.now(), environment.random))
      this.#pump()
    }
  }

  #keep(): void {
    const value = this.#queue.length > 0 ? JSON.stringify(this.#queue) : ''
    if (value === this.#kept || this.#closed.signal.aborted) return
    this.#kept = value
    const { store } = this.#options
    store.set(store.key(part, this.#id), value || null)
  }

  /** Another tab keeps something, or nothing any more. */
  #noticed(tab: string, value: string | null): void {
    if (tab === this.#id || this.#closed.signal.aborted) return
    const kept = parse(value)?.length ?? 0
    if (kept > 0) this.#elsewhere.set(tab, kept)
    else this.#elsewhere.delete(tab)
    if (value === null) this.#peers.forget(tab)
    else this.#peers.whenGone(tab, () => this.#takeOver(tab))
  }

  #takeOver(tab: string): void {
    const { store } = this.#options
    const left = parse(store.get(store.key(part, tab)))
    if (this.#closed.signal.aborted || !left) return
    this.#peers.tellGone(left.map(({ nonce }) => nonce))
    this.#set(adopt(this.#queue, left))
    this.#elsewhere.delete(tab)
    store.set(store.key(part, tab), null)
    this.#pump()
  }
}

const none: readonly Pending[] = []

function byChannel(queue: Queue): ReadonlyMap<ChannelID, readonly Pending[]> {
  const lists = new Map<ChannelID, Pending[]>()
  for (const entry of queue) {
    const list = lists.get(entry.channel)
    if (list) list.push(entry)
    else lists.set(entry.channel, [entry])
  }
  return lists
}

/** What a tab kept; undefined for what is nothing of ours. */
function parse(kept: string | null): Queue | undefined {
  try {
    const queue: unknown = JSON.parse(kept ?? 'null')
    return Array.isArray(queue) ? queue.filter(isEntry) : undefined
  } catch {
    return undefined
  }
}

function isEntry(value: Partial<Entry> | null): value is Entry {
  return (
    typeof value?.nonce === 'string' &&
    typeof value.channel === 'string' &&
    typeof value.content === 'string' &&
    typeof value.fate?.kind === 'string'
  )
}
