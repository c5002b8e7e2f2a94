import { describe, expect, test, vi } from 'vitest'
import { Problem } from './problem'
import { answerWithinMs, restOf, type Rest } from './rest'

interface Seen {
  url: string
  init: RequestInit
  headers: Headers
}

/** A REST interface whose node gives the answer, and what it was asked. */
function nodeThat(answers: (init: RequestInit) => Response | Promise<Response>, language = 'en'): { rest: Rest; seen: Seen[] } {
  const seen: Seen[] = []
  const fetcher: typeof fetch = async (input, init = {}) => {
    seen.push({ url: String(input), init, headers: new Headers(init.headers) })
    return answers(init)
  }
  return { rest: restOf({ language: () => language, fetcher }), seen }
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })

const body = {
  type: '',
  title: 'Too Many Requests',
  detail: 'Try again in 2 s.',
  instance: 'r1',
  code: 'rate_limited',
  status: 429,
}

/** What a call throws. */
async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => {
      throw new Error('the call should have failed')
    },
    (error: unknown) => error,
  )
}

async function problemOf(call: Promise<unknown>): Promise<Problem> {
  const error = await thrownBy(call)
  expect(error).toBeInstanceOf(Problem)
  return error as Problem
}

/** A fetch that never answers, and fails when it is called off. */
const silence = ({ signal }: RequestInit) =>
  new Promise<Response>((_, fail) => signal?.addEventListener('abort', () => fail(signal.reason as Error)))

describe('what is asked', () => {
  test('path and parameters, encoded', async () => {
    const { rest, seen } = nodeThat(() => json({}))
    await rest('getMessage', { params: { channel_id: '1', message_id: '2' } })
    await rest('getInvite', { params: { code: 'a/b ?é' } })
    expect(seen.map(({ url }) => url)).toEqual(['/api/v1/channels/1/messages/2', '/api/v1/invites/a%2Fb%20%3F%C3%A9'])
    expect(seen[0]?.init.method).toBe('GET')
  })

  test('the query, without what is not said', async () => {
    const { rest, seen } = nodeThat(() => json([]))
    await rest('listMessages', { params: { channel_id: '1' }, query: { before: '9', after: undefined, limit: 50 } })
    await rest('listMembers', { params: { server_id: '1' }, query: { cursor: 'a&b=c' } })
    await rest('listMessages', { params: { channel_id: '1' }, query: { before: undefined } })
    expect(seen.map(({ url }) => url)).toEqual([
      '/api/v1/channels/1/messages?before=9&limit=50',
      '/api/v1/servers/1/members?cursor=a%26b%3Dc',
      '/api/v1/channels/1/messages',
    ])
  })

  test('the body as JSON, and only where there is one', async () => {
    const { rest, seen } = nodeThat(() => json({}))
    await rest('sendMessage', { params: { channel_id: '1' }, body: { content: 'hé', nonce: 'n' } })
    await rest('getMe')
    expect(seen[0]?.init.method).toBe('POST')
    expect(seen[0]?.init.body).toBe('{"content":"hé","nonce":"n"}')
    expect(seen[0]?.headers.get('Content-Type')).toBe('application/json')
    expect(seen[1]?.init.body).toBeUndefined()
    expect(seen[1]?.headers.has('Content-Type')).toBe(false)
  })

  test('the language of the moment, and headers of the operation', async () => {
    let language = 'en'
    const seen: Headers[] = []
    const fetcher: typeof fetch = async (_, init) => {
      seen.push(new Headers(init?.headers))
      return json({})
    }
    const rest = restOf({ language: () => language, fetcher })
    await rest('getMe')
    language = 'fr'
    await rest('updateServer', { params: { server_id: '1' }, body: { name: 'x' }, headers: { 'If-Match': '"3"' } })
    expect(seen.map((headers) => headers.get('Accept-Language'))).toEqual(['en', 'fr'])
    expect(seen[1]?.get('If-Match')).toBe('"3"')
    expect(seen[1]?.has('X-Beep-User'), 'nobody signed in').toBe(false)
    await restOf({ language: () => language, user: '7', fetcher })('getMe')
    expect(seen[2]?.get('X-Beep-User')).toBe('7')
  })
})

describe('what is answered', () => {
  test('a body', async () => {
    const { rest } = nodeThat(() => json({ name: 'Beep' }))
    expect(await rest('getInstance')).toEqual({ name: 'Beep' })
  })

  test('nothing', async () => {
    const { rest } = nodeThat(() => new Response(null, { status: 204 }))
    expect(await rest('logout')).toBeUndefined()
  })

  test('a refusal', async () => {
    const { rest } = nodeThat(() => json({ ...body, params: { retry_after_ms: 1500 } }, 429, { 'Retry-After': '2' }))
    const problem = await problemOf(rest('getMe'))
    expect(problem).toMatchObject({ code: 'rate_limited', status: 429, message: body.detail, request: 'r1', retryable: true })
    expect(problem.retryAfterMs, 'milliseconds are told more exactly than seconds').toBe(1500)
  })

  test.each([
    ['3', 3000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['-1', undefined],
  ])('Retry-After: %s', async (value, want) => {
    const { rest } = nodeThat(() => json(body, 429, { 'Retry-After': value }))
    expect((await problemOf(rest('getMe'))).retryAfterMs).toBe(want)
  })

  test('every field that needs another look', async () => {
    const errors = [{ pointer: '/email', code: 'email_taken', detail: 'In use.' }]
    const { rest } = nodeThat(() => json({ ...body, code: 'validation_failed', errors }, 422))
    const problem = await problemOf(rest('getMe'))
    expect(problem.field('email')).toEqual(errors[0])
    expect(problem.field('login')).toBeUndefined()
    expect(problem.retryable).toBe(false)
    expect(problem.retryAfterMs).toBeUndefined()
  })

  test.each([
    [
      'a page of a proxy',
      () => new Response('<h1>Bad Gateway</h1>', { status: 502, headers: { 'Content-Type': 'text/html' } }),
      true,
    ],
    ['a code of a newer node', () => json({ ...body, code: 'moon_phase' }, 418), false],
    ['no body', () => new Response(null, { status: 500 }), true],
    ['null', () => json(null, 500), true],
    ['a code that every object has', () => json({ ...body, code: 'toString' }, 418), false],
  ])('a refusal that is not understood: %s', async (_, answer, retryable) => {
    const { rest } = nodeThat(answer)
    expect(await problemOf(rest('getMe'))).toMatchObject({ code: 'unknown', status: answer().status, retryable, fields: [] })
  })
})

describe('no answer', () => {
  const out = { code: 'unreachable', status: 0, retryable: true }

  test('the node is out of reach', async () => {
    const { rest } = nodeThat(() => Promise.reject(new TypeError('Failed to fetch')))
    expect(await problemOf(rest('getMe'))).toMatchObject(out)
  })

  test('the line breaks in the middle of the answer', async () => {
    const { rest } = nodeThat(() => new Response('{"name": "Be'))
    expect(await problemOf(rest('getInstance'))).toMatchObject(out)
  })

  test('it takes too long', async () => {
    const late = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(late.signal)
    const { rest } = nodeThat(silence)
    const call = problemOf(rest('getMe'))
    late.abort(new DOMException('late', 'TimeoutError'))
    expect(await call).toMatchObject({ code: 'timeout', status: 0, retryable: true })
    expect(timeout).toHaveBeenCalledWith(answerWithinMs)
  })

  test('it is called off', async () => {
    const { rest } = nodeThat(silence)
    const off = new AbortController()
    const call = thrownBy(rest('getMe', { signal: off.signal }))
    const reason = new Error('not needed any more')
    off.abort(reason)
    expect(await call).toBe(reason)
  })

  test('a call that may be called off still takes too long', async () => {
    const late = new AbortController()
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(late.signal)
    const { rest } = nodeThat(silence)
    const call = problemOf(rest('getMe', { signal: new AbortController().signal }))
    late.abort()
    expect(await call).toMatchObject({ code: 'timeout' })
  })
})
