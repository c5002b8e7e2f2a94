import { apply } from '@/model/apply'
import { putServer } from '@/model/state'
import type { State } from '@/model/types'
import type { ServerID, Sync } from '@contract/types.gen'
import { backoff } from './backoff'
import { Timer, type Environment } from './environment'
import type { Holder } from './holder'
import { problemOf } from './line'
import type { Ring } from './ring'

/** A change of rights reaches many at once: they ask within this time, not together. */
export const spreadMs = 1_000
const triesForOne = 3

export interface RefreshOptions {
  environment: Environment
  /** Fetches what there is now. */
  snapshot: (signal: AbortSignal) => Promise<Sync>
  holder: Holder
  ring: Ring
  /** Fetches the page in sight, and gives what puts it back after its server was replaced. */
  refetch: (signal: AbortSignal, servers: ReadonlySet<ServerID>) => Promise<(state: State) => State>
}

/** Fetches again the servers that are stale, or that someone waits for: one snapshot for all of them. */
export class Refresh {
  readonly #options: RefreshOptions
  readonly #timer = new Timer()
  readonly #closed = new AbortController()
  readonly #wanted = new Set<ServerID>()
  #underWay: Promise<void> | undefined
  #failures = 0

  constructor(options: RefreshOptions) {
    this.#options = options
  }

  /** Call when something may have become stale. */
  soon(): void {
    const { environment, holder } = this.#options
    if (holder.peek().stale.size === 0 || this.#timer.isSet || this.#underWay || this.#closed.signal.aborted) return
    const ms = this.#failures > 0 ? backoff(this.#failures, environment.random) : environment.random() * spreadMs
    this.#timer.set(ms, () => void this.#now())
  }

  /** Waits for a server; false when it does not come. */
  async await(server: ServerID): Promise<boolean> {
    const { holder } = this.#options
    for (let tries = 0; tries < triesForOne && !holder.peek().servers.has(server) && !this.#closed.signal.aborted; tries++) {
      // One that is under way may have been asked for too early.
      await this.#underWay
      this.#wanted.add(server)
      await this.#now()
    }
    return holder.peek().servers.has(server)
  }

  close(): void {
    this.#closed.abort()
    this.#timer.clear()
  }

  #now(): Promise<void> {
    this.#timer.clear()
    this.#underWay ??= this.#fetch().finally(() => {
      this.#underWay = undefined
      this.soon()
    })
    return this.#underWay
  }

  async #fetch(): Promise<void> {
    const { holder, refetch } = this.#options
    const { signal } = this.#closed
    const servers = new Set([...holder.peek().stale, ...this.#wanted])
    try {
      const snapshot = await this.#options.snapshot(signal)
      const restore = await refetch(signal, servers)
      if (signal.aborted) return
      if (!this.#merge(snapshot, servers, restore)) throw new Error('events were missed since')
      for (const server of servers) this.#wanted.delete(server)
      this.#failures = 0
    } catch (error) {
      if (!signal.aborted && problemOf(error).status !== 401) this.#failures++
    }
  }

  /** Puts servers of a snapshot in place, and what happened since on top; false when that is not known any more. */
  #merge(snapshot: Sync, servers: ReadonlySet<ServerID>, restore: (state: State) => State): boolean {
    const { holder, ring } = this.#options
    const since = ring.since(snapshot.cursor)
    if (!since) return false
    holder.change((state) => {
      const there = new Map(snapshot.servers.map((one) => [one.server.id, one]))
      let next = state
      for (const id of servers) {
        const one = there.get(id)
        next = one ? putServer(next, one) : apply(next, { v: 1, id: '', at: '', type: 'server.deleted', server_id: id })
      }
      for (const { event } of since) next = apply(next, event)
      return restore(next)
    })
    return true
  }
}
