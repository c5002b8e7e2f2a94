import type { Rest } from '@/api/rest'
import type { BeepEvent } from '@contract/events.gen'
import type { PublicUser, ServerID, UserID } from '@contract/types.gen'
import { SvelteMap } from 'svelte/reactivity'
import { backoff } from './backoff'
import { Timer, type Environment } from './environment'
import { problemOf } from './line'
import { Members } from './members'
import type { People as Port } from './port'

/** Questions wait so long for others to go with them. */
export const gatherMs = 20
const atOnce = 4

/** The faces this client has met; who is missed is asked for once, a few at a time. */
export class People implements Port {
  readonly #environment: Environment
  readonly #rest: Rest
  readonly #faces = new SvelteMap<UserID, PublicUser>()
  readonly #lists = new Map<ServerID, Members>()
  /** Asked for, waiting to be, or not there at all. */
  readonly #known = new Set<UserID>()
  readonly #queue: UserID[] = []
  readonly #timer = new Timer()
  readonly #closed = new AbortController()
  #asking = 0
  #failures = 0
  #shown: ServerID = ''

  constructor(environment: Environment, rest: Rest) {
    this.#environment = environment
    this.#rest = rest
  }

  get(user: UserID): PublicUser | undefined {
    const face = this.#faces.get(user)
    if (!face) this.#want(user)
    return face
  }

  members(server: ServerID): Members {
    this.#shown = server
    const known = this.#lists.get(server)
    if (known) return known
    const list = new Members(server, this.#rest, this.#closed.signal, (faces) => this.meet(faces))
    this.#lists.set(server, list)
    // Not at once: whoever reads may be drawing, when nothing may change.
    queueMicrotask(() => list.retry())
    return list
  }

  /** Takes note of faces that came along. */
  meet(faces: readonly PublicUser[]): void {
    for (const face of faces) if (!same(face, this.#faces.get(face.id))) this.#faces.set(face.id, face)
  }

  hear(event: BeepEvent): void {
    switch (event.type) {
      case 'message.created':
      case 'message.updated':
        return this.meet([event.message.author])
      case 'user.updated':
        return this.meet([event.user])
      case 'member.joined':
      case 'member.updated':
        this.meet([event.member.user])
        return this.#lists.get(event.member.server_id)?.put(event.member)
      case 'member.removed':
        return this.#lists.get(event.server_id ?? '')?.remove(event.user_id)
      case 'server.deleted':
        this.forget(event.server_id)
    }
  }

  /** The list of a server is of no use any more. */
  forget(server: ServerID): void {
    this.#lists.get(server)?.close()
    this.#lists.delete(server)
  }

  /** Events were missed: the list in sight is loaded again, the others when they are looked at. */
  refresh(): void {
    for (const server of [...this.#lists.keys()]) if (server !== this.#shown) this.forget(server)
    this.#lists.get(this.#shown)?.reload()
  }

  close(): void {
    this.#closed.abort()
    this.#timer.clear()
  }

  #want(user: UserID): void {
    if (this.#known.has(user) || this.#closed.signal.aborted) return
    this.#known.add(user)
    this.#queue.push(user)
    if (!this.#timer.isSet && this.#asking === 0) this.#timer.set(gatherMs, () => this.#ask())
  }

  #ask(): void {
    while (this.#asking < atOnce) {
      const user = this.#queue.shift()
      if (user === undefined) return
      this.#asking++
      void this.#askFor(user)
    }
  }

  async #askFor(user: UserID): Promise<void> {
    const { signal } = this.#closed
    try {
      if (!this.#faces.has(user)) this.meet([await this.#rest('getUser', { params: { user_id: user }, signal })])
      this.#failures = 0
      this.#asking--
    } catch (error) {
      if (signal.aborted) return
      this.#asking--
      const problem = problemOf(error)
      // Who is not there is not asked for again.
      if (problem.retryable) {
        this.#queue.push(user)
        this.#failures++
        return this.#timer.set(Math.max(gatherMs, backoff(this.#failures, this.#environment.random, problem.retryAfterMs)), () =>
          this.#ask(),
        )
      }
    }
    if (!this.#timer.isSet) this.#ask()
  }
}

function same(a: PublicUser, b: PublicUser | undefined): boolean {
  return b?.display_name === a.display_name && b.username === a.username && b.avatar_url === a.avatar_url
}
