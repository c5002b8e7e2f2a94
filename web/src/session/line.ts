import { Problem } from '@/api/problem'
import type { Streamed, StreamOptions } from '@/api/stream'
import { connectionOf, idle, step, type Command, type Input, type Line as State } from './connection'
import { Timer, type Environment } from './environment'
import type { Connection, Ended } from './port'

const usualHeartbeatMs = 25_000
const silenceFactor = 2.5

/** The line as others see it. */
export interface Outlook {
  readonly connection: Connection
  /** False while the node does not answer at all. */
  readonly reachable: boolean
}

export interface LineOptions {
  environment: Environment
  read: (options: StreamOptions) => AsyncIterable<Streamed>
  /** Fetches the snapshot, puts it in place and gives its cursor; throws a Problem, or the signal's reason. */
  sync: (signal: AbortSignal) => Promise<string>
  /** Everything on the stream that carries a cursor or belongs to the log. */
  heard: (streamed: Streamed) => void
  outlook: (outlook: Outlook) => void
  ended: (why: Ended) => void
}

/** Drives the connection machine: streams, fetches, the alarm and the browser's word about its network. */
export class Line {
  readonly #options: LineOptions
  readonly #alarm = new Timer()
  #state: State = idle
  #outlook: Outlook | undefined
  #underWay = new AbortController()
  #heartbeatMs = usualHeartbeatMs
  #unlisten: (() => void)[] = []

  constructor(options: LineOptions) {
    this.#options = options
  }

  /** Begins, or begins again, after a cursor; mustSync says that events were missed since. */
  start(cursor: string, mustSync = false): void {
    const { environment } = this.#options
    this.#unlisten = [
      environment.listen('online', () => this.#take({ kind: 'online' })),
      environment.listen('offline', () => this.#take({ kind: 'offline' })),
    ]
    this.#take({ kind: 'start', cursor, mustSync })
    if (!environment.online()) this.#take({ kind: 'offline' })
  }

  /** Ends everything; start may be called again. */
  stop(): void {
    this.#take({ kind: 'stop' })
    for (const unlisten of this.#unlisten.splice(0)) unlisten()
    this.#underWay.abort()
    this.#alarm.clear()
    this.#state = idle
    this.#outlook = undefined
  }

  /** Tries now instead of later. */
  reconnect(): void {
    this.#take({ kind: 'reconnect' })
  }

  #take(input: Input): void {
    const { now, random } = this.#options.environment
    const before = this.#state
    const [state, commands] = step(before, input, { now: now(), random })
    this.#state = state
    if (state.until !== before.until) this.#setAlarm(state.until)
    for (const command of commands) this.#do(command)
    this.#tell()
  }

  #setAlarm(until: number): void {
    if (until === 0) return this.#alarm.clear()
    this.#alarm.set(Math.max(0, until - this.#options.environment.now()), () => {
      // Clocks are set back: then the alarm rings early and is set again.
      if (this.#options.environment.now() < until) this.#setAlarm(until)
      else this.#take({ kind: 'alarm' })
    })
  }

  #tell(): void {
    if (this.#state.at === 'ended' || this.#state.at === 'idle') return
    const next = { connection: connectionOf(this.#state), reachable: this.#state.reachable }
    const last = this.#outlook
    if (last && last.reachable === next.reachable && JSON.stringify(last.connection) === JSON.stringify(next.connection)) return
    this.#outlook = next
    this.#options.outlook(next)
  }

  #do(command: Command): void {
    switch (command.do) {
      case 'close':
        return this.#underWay.abort()
      case 'open':
        return void this.#stream(command.cursor, this.#begin())
      case 'sync':
        return void this.#sync(this.#begin())
      case 'end':
        return this.#options.ended(command.why)
    }
  }

  #begin(): AbortSignal {
    this.#underWay.abort()
    this.#underWay = new AbortController()
    return this.#underWay.signal
  }

  async #sync(signal: AbortSignal): Promise<void> {
    try {
      const cursor = await this.#options.sync(signal)
      if (!signal.aborted) this.#take({ kind: 'synced', cursor })
    } catch (error) {
      if (!signal.aborted) this.#take({ kind: 'unsynced', problem: problemOf(error) })
    }
  }

  async #stream(cursor: string, signal: AbortSignal): Promise<void> {
    const silenceMs = this.#heartbeatMs * silenceFactor
    try {
      for await (const streamed of this.#options.read({ cursor, signal, silenceMs })) {
        if (signal.aborted) return
        this.#hear(streamed)
      }
      if (!signal.aborted) this.#take({ kind: 'broken' })
    } catch (error) {
      if (!signal.aborted) this.#take({ kind: 'broken', problem: problemOf(error) })
    }
  }

  #hear(streamed: Streamed): void {
    const { event, cursor } = streamed
    switch (event.type) {
      case 'ready':
        if (event.heartbeat_ms > 0) this.#heartbeatMs = event.heartbeat_ms
        return this.#take({ kind: 'ready', resumed: event.resumed })
      case 'resync':
        return this.#take({ kind: 'resync', afterMs: event.after_ms })
      case 'degraded':
      case 'healed':
        return this.#take({ kind: event.type })
      case 'bye':
        return this.#take({ kind: 'bye', reconnect: event.reconnect })
      default:
        this.#options.heard(streamed)
        if (cursor) this.#take({ kind: 'moved', cursor })
    }
  }
}

/** Whatever was thrown, as a Problem: what is none was caused here, and may pass. */
export const problemOf = (error: unknown): Problem => (error instanceof Problem ? error : new Problem('unknown', 0))
