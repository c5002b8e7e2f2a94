import type { Streamed, StreamOptions } from '@/api/stream'
import { backoff } from './backoff'
import { Timer, type Broadcast, type Environment } from './environment'
import { Line, problemOf, type Outlook } from './line'
import type { Ended } from './port'
import { compareCursors, type Logged, type Ring } from './ring'

/** A leader that was silent for so long is asked whether it lives: twice the node's heartbeat. */
export const quietMs = 50_000
/** How long it may take to answer before another tab takes over. */
export const answerMs = 5_000
/** So long the word of a tab that signs out counts: longer than its answer may take; the tab may be gone before it comes. */
export const leavingMs = 20_000
const spreadMs = 500

/**
 * What tabs tell each other. `prev` is where the leader was before an event: a tab that is not as far has missed something. A tab
 * says `hello` to get what it missed; the leader answers `missed`, or `behind` when it no longer has it.
 */
type Relay =
  | { kind: 'event'; prev: string; logged: Logged }
  | { kind: 'pulse'; prev: string; cursor: string }
  | { kind: 'passing'; streamed: Streamed }
  | { kind: 'outlook'; outlook: Outlook }
  | { kind: 'lead' | 'reconnect' }
  | { kind: 'resynced'; cursor: string }
  | { kind: 'hello'; from: string; cursor: string }
  | { kind: 'missed'; to: string; events: readonly Logged[]; cursor: string; outlook: Outlook | undefined }
  | { kind: 'behind'; to: string; outlook: Outlook | undefined }
  | { kind: 'leaving'; leaving: boolean }
  | { kind: 'ended'; why: Ended }

export interface TabsOptions {
  environment: Environment
  user: string
  read: (options: StreamOptions) => AsyncIterable<Streamed>
  /** Fetches the snapshot, puts it in place, resets the ring to its cursor and gives that. */
  sync: (signal: AbortSignal) => Promise<string>
  /** Where this tab is; kept by the tabs. */
  ring: Ring
  /** An event of the log, in order, once; those that pass without a cursor may be lost. */
  heard: (event: Logged['event']) => void
  outlook: (outlook: Outlook) => void
  ended: (why: Ended) => void
}

/**
 * One stream a browser and account. The tab that holds the lock leads: it has the line and relays all it hears. When it goes, the
 * browser gives the lock to another, which goes on from its own place; a leader that hangs is robbed of it. Without locks each tab
 * has a line of its own.
 */
export class Tabs {
  readonly #options: TabsOptions
  readonly #line: Line
  readonly #name: string
  readonly #id: string
  readonly #quiet = new Timer()
  readonly #retry = new Timer()
  /** While it is set, an end was meant. */
  readonly #leaving = new Timer()
  readonly #closed = new AbortController()
  #waiting = new AbortController()
  #channel: Broadcast | null = null
  #unlisten = () => {}
  #leading = false
  #release: (() => void) | undefined
  #asked = false
  /** The leader was heard since it was asked. */
  #heard = false
  #resyncing: AbortController | undefined
  #failures = 0
  #outlook: Outlook | undefined

  constructor(options: TabsOptions) {
    this.#options = options
    this.#name = 'beep.line.' + options.user
    this.#id = options.environment.id()
    const { environment, read } = options
    this.#line = new Line({
      environment,
      read,
      sync: async (signal) => {
        const cursor = await options.sync(signal)
        this.#post({ kind: 'resynced', cursor })
        return cursor
      },
      heard: (streamed) => this.#relay(streamed),
      outlook: (outlook) => {
        this.#post({ kind: 'outlook', outlook })
        this.#tell(outlook)
      },
      ended: (why) => this.end(why),
    })
  }

  /** This tab has the line. */
  get leading(): boolean {
    return this.#leading
  }

  start(): void {
    const { environment } = this.#options
    this.#channel = environment.channel(this.#name)
    this.#unlisten = environment.listen('visible', () => this.reconnect())
    if (this.#channel) this.#channel.onmessage = ({ data }) => this.#hear(data as Relay)
    if (this.#alone) return this.#lead()
    this.#stand()
    this.#hello()
  }

  close(): void {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    this.#waiting.abort()
    this.#unlisten()
    this.#quiet.clear()
    this.#retry.clear()
    this.#leaving.clear()
    this.#resyncing?.abort()
    this.#line.stop()
    this.#release?.()
    this.#channel?.close()
  }

  reconnect(): void {
    if (this.#leading) this.#line.reconnect()
    else this.#post({ kind: 'reconnect' })
  }

  /** Every tab is about to be signed out, or stays after all: an end that comes meanwhile was meant. */
  leave(leaving: boolean): void {
    this.#expectEnd(leaving)
    this.#post({ kind: 'leaving', leaving })
  }

  /** Ends the session in every tab of it. */
  end(why: Ended): void {
    this.#post({ kind: 'ended', why: this.#meant(why) })
    this.#finish(why)
  }

  get #alone(): boolean {
    return !this.#options.environment.locks || !this.#channel
  }

  #expectEnd(leaving: boolean): void {
    if (leaving) this.#leaving.set(leavingMs, () => {})
    else this.#leaving.clear()
  }

  #meant(why: Ended): Ended {
    return this.#leaving.isSet ? 'signed-out' : why
  }

  #finish(why: Ended): void {
    if (this.#closed.signal.aborted) return
    const told = this.#meant(why)
    this.close()
    this.#options.ended(told)
  }

  /** Waits for the lead, or takes it from a leader that hangs. */
  #stand(steal = false): void {
    this.#waiting.abort()
    const waiting = (this.#waiting = new AbortController())
    const held = () =>
      new Promise<void>((release) => {
        if (waiting.signal.aborted) return release()
        this.#release = release
        this.#lead()
      })
    const options = steal ? { steal } : { signal: waiting.signal }
    this.#options.environment.locks?.request(this.#name, options, held).catch(() => {
      if (waiting.signal.aborted) return
      if (this.#leading) this.#follow()
      this.#stand()
    })
  }

  #lead(): void {
    if (this.#leading) return
    this.#leading = true
    this.#asked = false
    this.#quiet.clear()
    this.#retry.clear()
    this.#resyncing?.abort()
    this.#resyncing = undefined
    this.#post({ kind: 'lead' })
    this.#line.start(this.#options.ring.at)
  }

  #follow(): void {
    this.#leading = false
    this.#line.stop()
    this.#hello()
  }

  #relay(streamed: Streamed): void {
    const { ring, heard } = this.#options
    const { event, cursor } = streamed
    if (!isLogged(event)) {
      if (event.type !== 'heartbeat' || !cursor) return
      this.#post({ kind: 'pulse', prev: ring.at, cursor })
      return ring.move(cursor)
    }
    if (!cursor) {
      this.#post({ kind: 'passing', streamed })
      return heard(event)
    }
    const logged = { cursor, event }
    this.#post({ kind: 'event', prev: ring.at, logged })
    this.#accept(logged)
  }

  #hear(relay: Relay): void {
    if (relay.kind === 'leaving') return this.#expectEnd(relay.leaving)
    if (relay.kind === 'ended') return this.#finish(relay.why)
    if (this.#alone) return
    if (!this.#leading) return this.#followed(relay)
    if (relay.kind === 'hello') this.#answer(relay.from, relay.cursor)
    if (relay.kind === 'reconnect') this.#line.reconnect()
  }

  #answer(to: string, cursor: string): void {
    const { ring } = this.#options
    const ahead = (compareCursors(cursor, ring.at) ?? -1) > 0
    const events = ahead ? [] : ring.since(cursor)
    if (events) this.#post({ kind: 'missed', to, events, cursor: ring.at, outlook: this.#outlook })
    else this.#post({ kind: 'behind', to, outlook: this.#outlook })
  }

  #followed(relay: Relay): void {
    if (relay.kind === 'hello' || relay.kind === 'reconnect') return
    this.#heard = true
    const toOther = 'to' in relay && relay.to !== this.#id
    if (!toOther && (relay.kind === 'missed' || relay.kind === 'behind')) this.#asked = false
    if (!this.#asked) this.#watch(quietMs)
    if (toOther) return
    switch (relay.kind) {
      case 'event':
        return this.#inOrder(relay.prev, relay.logged.cursor, () => this.#accept(relay.logged))
      case 'pulse':
        return this.#inOrder(relay.prev, relay.cursor, () => this.#options.ring.move(relay.cursor))
      case 'passing':
        return isLogged(relay.streamed.event) ? this.#options.heard(relay.streamed.event) : undefined
      case 'outlook':
        return this.#tell(relay.outlook)
      case 'lead':
        this.#asked = false
        return this.#hello()
      case 'resynced':
        // Whoever is as far already has a snapshot of its own.
        return (compareCursors(this.#options.ring.at, relay.cursor) ?? -1) >= 0 ? undefined : this.#resyncSoon()
      case 'missed':
        return this.#catchUp(relay.events, relay.cursor, relay.outlook)
      case 'behind':
        if (relay.outlook) this.#tell(relay.outlook)
        return this.#resyncSoon()
    }
  }

  /** Does what leads from `prev` to `cursor`, unless it is behind this tab; asks when something before it is missing. */
  #inOrder(prev: string, cursor: string, go: () => void): void {
    const { at } = this.#options.ring
    const ahead = compareCursors(cursor, at)
    if (ahead !== undefined && ahead <= 0) return
    const gap = compareCursors(prev, at)
    if (gap === undefined || gap > 0) this.#hello()
    else go()
  }

  #catchUp(events: readonly Logged[], cursor: string, outlook: Outlook | undefined): void {
    const { ring } = this.#options
    for (const logged of events) if ((compareCursors(logged.cursor, ring.at) ?? 0) > 0) this.#accept(logged)
    if ((compareCursors(cursor, ring.at) ?? 0) > 0) ring.move(cursor)
    if (outlook) this.#tell(outlook)
    this.#failures = 0
  }

  #accept(logged: Logged): void {
    this.#options.ring.push(logged)
    this.#options.heard(logged.event)
  }

  #tell(outlook: Outlook): void {
    this.#outlook = outlook
    this.#options.outlook(outlook)
  }

  /** Asks for what is missing. A tab that fetches the snapshot asks when it has it. */
  #hello(): void {
    if (this.#asked || this.#resyncing || this.#retry.isSet) return
    this.#asked = true
    this.#heard = false
    this.#post({ kind: 'hello', from: this.#id, cursor: this.#options.ring.at })
    this.#watch(answerMs + this.#options.environment.random() * answerMs)
  }

  /** An unanswered question ends a lead; a long silence makes this tab ask. */
  #watch(ms: number): void {
    this.#quiet.set(ms, () => {
      const silent = this.#asked && !this.#heard
      this.#asked = false
      if (silent) this.#stand(true)
      else this.#hello()
    })
  }

  #resyncSoon(): void {
    if (this.#resyncing || this.#retry.isSet) return
    const { random } = this.#options.environment
    const ms = this.#failures === 0 ? random() * spreadMs : backoff(this.#failures, random)
    this.#failures++
    this.#retry.set(ms, () => void this.#resync())
  }

  async #resync(): Promise<void> {
    const underWay = (this.#resyncing = new AbortController())
    const { signal } = underWay
    try {
      await this.#options.sync(signal)
      if (signal.aborted) return
      this.#resyncing = undefined
      this.#hello()
    } catch (error) {
      if (signal.aborted) return
      this.#resyncing = undefined
      if (problemOf(error).status === 401) this.#finish('expired')
      else this.#resyncSoon()
    }
  }

  #post(relay: Relay): void {
    const forAll = relay.kind === 'leaving' || relay.kind === 'ended'
    if (this.#closed.signal.aborted || (this.#alone && !forAll)) return
    this.#channel?.postMessage(relay)
  }
}

const controls = new Set(['ready', 'heartbeat', 'resync', 'degraded', 'healed', 'bye'])

function isLogged(event: Streamed['event']): event is Logged['event'] {
  return !controls.has(event.type)
}
