import { routes, type Operations, type UserID } from '@contract/types.gen'
import { fromAnswer, Problem } from './problem'

export type Operation = keyof Operations
type Empty = Record<never, never>
type Bodiless<Op extends Operation> = undefined extends Operations[Op]['body'] ? true : false

/** What one call takes: only what its operation has. */
export type CallOptions<Op extends Operation> = (Empty extends Operations[Op]['params']
  ? { params?: undefined }
  : { params: Operations[Op]['params'] }) &
  (Bodiless<Op> extends true ? { body?: Operations[Op]['body'] } : { body: Operations[Op]['body'] }) & {
    query?: Operations[Op]['query']
    headers?: Operations[Op]['headers']
    signal?: AbortSignal
  }

type Args<Op extends Operation> = Empty extends CallOptions<Op> ? [options?: CallOptions<Op>] : [options: CallOptions<Op>]

/** One call of the REST interface; it answers, or throws a Problem. An aborted call throws the signal's reason. */
export type Rest = <Op extends Operation>(operation: Op, ...options: Args<Op>) => Promise<Operations[Op]['answer']>

/** How long an answer may take. */
export const answerWithinMs = 15_000

/**
 * Names whom a client acts for. The session is a cookie that the tabs of a browser share: the node refuses what is meant for another
 * than who signed in last.
 */
export const actingFor = (user: UserID | undefined): Record<string, string> => (user ? { 'X-Beep-User': user } : {})

export interface RestOptions {
  language: () => string
  /** Whom the calls are for; absent before anyone signed in. */
  user?: UserID
  fetcher?: typeof fetch
}

/** restOf makes the way to the REST interface. The session is a cookie that no script can read; nothing here holds a secret. */
export function restOf({ language, user, fetcher = (...args) => fetch(...args) }: RestOptions): Rest {
  return async (operation, ...args) => {
    const options = (args[0] ?? {}) as { params?: object; body?: unknown; query?: object; headers?: object; signal?: AbortSignal }
    const { method, path } = routes[operation]
    const late = AbortSignal.timeout(answerWithinMs)
    const headers: Record<string, string> = { 'Accept-Language': language(), ...actingFor(user), ...options.headers }
    if (options.body !== undefined) headers['Content-Type'] = 'application/json'
    let answer: Response
    try {
      answer = await fetcher('/api/v1' + fill(path, options.params) + queryOf(options.query), {
        method,
        headers,
        body: options.body === undefined ? undefined : JSON.stringify(options.body),
        signal: options.signal ? AbortSignal.any([options.signal, late]) : late,
      })
      if (answer.ok) return answer.status === 204 ? undefined : await answer.json()
    } catch {
      options.signal?.throwIfAborted()
      throw new Problem(late.aborted ? 'timeout' : 'unreachable', 0)
    }
    throw await fromAnswer(answer)
  }
}

function fill(path: string, params: object = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String((params as Record<string, unknown>)[name])))
}

function queryOf(query: object = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined)
  return pairs.length > 0 ? '?' + new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString() : ''
}
