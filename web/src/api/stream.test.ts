import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Problem } from './problem'
import { read, type Streamed } from './stream'

const encoder = new TextEncoder()

/** A node with one stream, whose bytes the test sends. It breaks when the client calls it off, as a real one. */
class Line {
  seen: { url: string; headers: Headers; init: RequestInit } | undefined
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined

  readonly fetcher: typeof fetch = async (input, init = {}) => {
    this.seen = { url: String(input), headers: new Headers(init.headers), init }
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.#controller = controller) })
    init.signal?.addEventListener('abort', () => this.#controller?.error(init.signal?.reason))
    return new Response(body, { status: 200 })
  }

  send(text: string): void {
    this.sendBytes(encoder.encode(text))
  }

  sendBytes(bytes: Uint8Array): void {
    this.#controller?.enqueue(bytes)
  }

  end(): void {
    this.#controller?.close()
  }

  break(): void {
    this.#controller?.error(new TypeError('network error'))
  }
}

const silenceMs = 1000
const typing = 'event: typing.started\ndata: {"v":1,"user_id":"7"}\n\n'

/** Reads a line to its end: what came, and what it failed with. */
function listen(line: Line, signal = new AbortController().signal) {
  const events: Streamed[] = []
  const done = (async () => {
    for await (const one of read({ user: '7', cursor: 'e1.5', signal, silenceMs, fetcher: line.fetcher })) events.push(one)
  })().then(
    () => undefined,
    (error: unknown) => error,
  )
  return { events, done }
}

const settled = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  expect(vi.getTimerCount(), 'no timer is left behind').toBe(0)
  vi.useRealTimers()
})

describe('events', () => {
  test('it goes on from the cursor', async () => {
    const line = new Line()
    const { done } = listen(line)
    await settled()
    expect(line.seen?.url).toBe('/api/v1/events')
    expect(line.seen?.headers.get('Last-Event-ID')).toBe('e1.5')
    expect(line.seen?.headers.get('X-Beep-User')).toBe('7')
    expect(line.seen?.headers.get('Accept')).toBe('text/event-stream')
    expect(line.seen?.init.cache).toBe('no-store')
    line.end()
    expect(await done).toBeUndefined()
  })

  test('name, data and cursor of each', async () => {
    const line = new Line()
    const { events, done } = listen(line)
    await settled()
    line.send(`id: e1.6\n${typing}event: bye\ndata: {"reason":"restart","reconnect":true}\n\n`)
    line.end()
    await done
    expect(events).toEqual([
      { cursor: 'e1.6', event: { type: 'typing.started', v: 1, user_id: '7' } },
      { cursor: '', event: { type: 'bye', reason: 'restart', reconnect: true } },
    ])
  })

  test('each is told when it came, wherever the bytes were cut', async () => {
    const line = new Line()
    const { events, done } = listen(line)
    await settled()
    const bytes = encoder.encode('id: e1.7\nevent: x\ndata: {"name":"é😀"}\n\n')
    for (const byte of bytes) line.sendBytes(Uint8Array.of(byte))
    await settled()
    expect(events).toEqual([{ cursor: 'e1.7', event: { type: 'x', name: 'é😀' } }])
    line.send('event: y\ndata: {}\n')
    await settled()
    expect(events).toHaveLength(1)
    line.end()
    await done
    expect(events, 'what was cut off is not told').toHaveLength(1)
  })

  test('what is not JSON, or has no name, is passed over', async () => {
    const line = new Line()
    const { events, done } = listen(line)
    await settled()
    line.send(`event: x\ndata: {oops\n\ndata: {}\n\n: comment\n\n${typing}`)
    line.end()
    await done
    expect(events.map(({ event }) => event.type)).toEqual(['typing.started'])
  })
})

describe('the end', () => {
  test('silence', async () => {
    const line = new Line()
    const { events, done } = listen(line)
    await vi.advanceTimersByTimeAsync(silenceMs - 1)
    line.send(typing)
    await vi.advanceTimersByTimeAsync(silenceMs - 1)
    expect(events).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await done).toMatchObject({ code: 'timeout', status: 0, retryable: true })
  })

  test('a comment is no silence', async () => {
    const line = new Line()
    const { done } = listen(line)
    for (let i = 0; i < 5; i++) {
      await vi.advanceTimersByTimeAsync(silenceMs - 1)
      line.send(':\n\n')
    }
    await settled()
    line.end()
    expect(await done).toBeUndefined()
  })

  test('no answer at all', async () => {
    const fetcher: typeof fetch = (_, init) =>
      new Promise((_, fail) => init?.signal?.addEventListener('abort', () => fail(init.signal?.reason as Error)))
    const events = read({ cursor: '', signal: new AbortController().signal, silenceMs, fetcher })
    const first = events.next().catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(silenceMs)
    expect(await first).toMatchObject({ code: 'timeout' })
  })

  test('the line breaks', async () => {
    const line = new Line()
    const { done } = listen(line)
    await settled()
    line.break()
    expect(await done).toMatchObject({ code: 'unreachable', status: 0, retryable: true })
  })

  test('it is called off', async () => {
    const line = new Line()
    const off = new AbortController()
    const { done } = listen(line, off.signal)
    await settled()
    const reason = new Error('signed out')
    off.abort(reason)
    expect(await done).toBe(reason)
  })

  test('who stops reading closes the line', async () => {
    const line = new Line()
    const events = read({ cursor: '', signal: new AbortController().signal, silenceMs, fetcher: line.fetcher })
    const first = events.next()
    await settled()
    line.send(typing)
    await first
    await events.return(undefined)
    expect(line.seen?.init.signal?.aborted).toBe(true)
  })

  test('a refusal', async () => {
    const refusal = { code: 'session_expired', detail: 'Please sign in again.', status: 401 }
    const fetcher: typeof fetch = async () => new Response(JSON.stringify(refusal), { status: 401 })
    const events = read({ cursor: '', signal: new AbortController().signal, silenceMs, fetcher })
    const problem = await events.next().catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(Problem)
    expect(problem).toMatchObject({ code: 'session_expired', status: 401, retryable: false, message: refusal.detail })
  })
})
