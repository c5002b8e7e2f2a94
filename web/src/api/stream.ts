import type { BeepEvent, ControlEvent } from '@contract/events.gen'
import type { UserID } from '@contract/types.gen'
import { createParser } from 'eventsource-parser'
import { fromAnswer, Problem } from './problem'
import { actingFor } from './rest'

/** One event of the stream. `cursor` is where to go on after it; control events that have none leave it empty. */
export interface Streamed {
  event: BeepEvent | ControlEvent
  cursor: string
}

export interface StreamOptions {
  /** Whose stream it is; the node refuses another's. */
  user?: UserID
  /** Go on after this position. */
  cursor: string
  signal: AbortSignal
  /** The connection counts as dead when nothing came for so long; the node's heartbeat is shorter. */
  silenceMs: number
  fetcher?: typeof fetch
}

/**
 * read yields the events of one connection until the node closes it or the signal ends it. It throws a Problem when there is no
 * stream to be had or the connection breaks; coming back is its caller's business.
 */
export async function* read(options: StreamOptions): AsyncGenerator<Streamed> {
  const { user, signal, silenceMs, cursor, fetcher = fetch } = options
  const quiet = new AbortController()
  let timer = setTimeout(() => quiet.abort(), silenceMs)
  try {
    const answer = await open(fetcher, { ...actingFor(user), 'Last-Event-ID': cursor }, AbortSignal.any([signal, quiet.signal]))
    const arrived: Streamed[] = []
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        const body = parse(data)
        if (body && event) arrived.push({ event: { ...body, type: event } as Streamed['event'], cursor: id ?? '' })
      },
    })
    const text = (answer.body as ReadableStream<Uint8Array>).pipeThrough(
      new TextDecoderStream() as TransformStream<Uint8Array, string>,
    )
    const reader = text.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(() => quiet.abort(), silenceMs)
      parser.feed(value)
      yield* arrived.splice(0)
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof Problem ? error : new Problem(quiet.signal.aborted ? 'timeout' : 'unreachable', 0)
  } finally {
    clearTimeout(timer)
    quiet.abort()
  }
}

async function open(fetcher: typeof fetch, own: Record<string, string>, signal: AbortSignal): Promise<Response> {
  const headers = { Accept: 'text/event-stream', ...own }
  const answer = await fetcher('/api/v1/events', { headers, signal, cache: 'no-store' })
  if (!answer.ok || !answer.body) throw await fromAnswer(answer)
  return answer
}

function parse(data: string): object | undefined {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}
