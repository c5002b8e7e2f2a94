import { Problem } from '@/api/problem'
import type { Rest } from '@/api/rest'
import type { Message } from '@contract/types.gen'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Outbox } from './outbox'
import { aliveWithinMs } from './peers'
import { adopt, attempt, entryOf, failed, nonceLifeMs, retry } from './queue'
import { Store } from './store'
import { FakeBrowser, later, message, settle, type FakeTab } from './testing'

interface Attempt {
  channel: string
  content: string
  nonce: string
  accept: () => void
  refuse: (problem: Problem) => void
}

const open: Outbox[] = []
let browser: FakeBrowser
let attempts: Attempt[]
let warned: number

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  browser = new FakeBrowser()
  attempts = []
  warned = 0
})

afterEach(() => {
  for (const outbox of open.splice(0)) outbox.close()
  expect(vi.getTimerCount(), 'timers left').toBe(0)
  vi.useRealTimers()
})

interface Box {
  tab: FakeTab
  outbox: Outbox
  sent: Message[]
}

async function openBox(): Promise<Box> {
  const tab = browser.tab()
  const sent: Message[] = []
  const rest = ((_: string, { params, body }: { params: { channel_id: string }; body: { content: string; nonce: string } }) => {
    const answer = later<Message>()
    const accept = () => answer.resolve(message('5' + attempts.length, '1', { content: body.content, nonce: body.nonce }))
    attempts.push({ channel: params.channel_id, content: body.content, nonce: body.nonce, accept, refuse: answer.reject })
    return tab.alive ? answer.promise : new Promise(() => {})
  }) as unknown as Rest
  const store = new Store(tab, '1', () => warned++)
  const outbox = new Outbox({ environment: tab, rest, store, sent: (one) => tab.alive && sent.push(one) })
  open.push(outbox)
  await Promise.all([outbox.start(), settle()])
  return { tab, outbox, sent }
}

const last = () => attempts.at(-1) as Attempt
const contents = () => attempts.map(({ content }) => content)
const fates = (box: Box, channel = '20') => box.outbox.of(channel).map(({ fate }) => fate.kind)
const live = { connection: { phase: 'live' }, reachable: true } as const
const offline = { connection: { phase: 'offline' }, reachable: true } as const
const broken = new Problem('unreachable', 0)

describe('order', () => {
  test('the next leaves when the one before was answered; channels do not wait for each other', async () => {
    const box = await openBox()
    box.outbox.send('20', 'a', null)
    box.outbox.send('20', 'b', null)
    box.outbox.send('21', 'x', null)
    expect(contents()).toEqual(['a', 'x'])
    expect(fates(box)).toEqual(['sending', 'waiting'])
    attempts[0]?.accept()
    await settle()
    expect(contents()).toEqual(['a', 'x', 'b'])
    last().accept()
    await settle()
    expect(box.sent.map(({ content }) => content)).toEqual(['a', 'b'])
    expect(fates(box)).toEqual([])
  })

  test('three written offline leave in order when the network is back', async () => {
    const box = await openBox()
    box.outbox.outlook(offline)
    for (const text of ['a', 'b', 'c']) box.outbox.send('20', text, null)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(attempts).toEqual([])
    box.outbox.outlook(live)
    for (let i = 0; i < 3; i++) {
      last().accept()
      await settle()
    }
    expect(contents()).toEqual(['a', 'b', 'c'])
  })

  test('one that is refused keeps its words and lets the next go', async () => {
    const box = await openBox()
    for (const text of ['a', 'b', 'c']) box.outbox.send('20', text, null)
    last().accept()
    await settle()
    last().refuse(new Problem('message_rejected', 422, { detail: 'No links here.' }))
    await settle()
    last().accept()
    await settle()
    expect(contents()).toEqual(['a', 'b', 'c'])
    expect(box.outbox.of('20').map(({ content, fate }) => [content, fate])).toEqual([
      ['b', { kind: 'refused', code: 'message_rejected', reason: 'No links here.' }],
    ])
    const nonce = box.outbox.of('20')[0]?.nonce ?? ''
    box.outbox.discard(nonce)
    expect(fates(box)).toEqual([])
    expect(browser.kept.size).toBe(0)
  })
})

describe('failures that may pass', () => {
  test('the same nonce again, later and later, and at once when the line is back', async () => {
    const box = await openBox()
    box.tab.chance = 0.5
    box.outbox.send('20', 'a', null)
    last().refuse(broken)
    await settle()
    expect(fates(box)).toEqual(['waiting'])
    await vi.advanceTimersByTimeAsync(249)
    expect(attempts.length).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(attempts.length).toBe(2)
    last().refuse(broken)
    await settle()
    box.outbox.outlook(live)
    expect(attempts.length).toBe(3)
    expect(new Set(attempts.map(({ nonce }) => nonce)).size).toBe(1)
    expect(last().nonce.length).toBeLessThanOrEqual(36)
    last().accept()
    await settle()
    expect(box.sent.length).toBe(1)
  })

  test('nothing is tried while the node is out of reach', async () => {
    const box = await openBox()
    box.outbox.outlook({ connection: { phase: 'waiting', until: 0 }, reachable: false })
    box.outbox.send('20', 'a', null)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(attempts).toEqual([])
    // Reached, though it gives no stream: messages do not need one.
    box.outbox.outlook({ connection: { phase: 'waiting', until: 0 }, reachable: true })
    expect(attempts.length).toBe(1)
  })

  test('the rate limit tells when it goes on, and it does, in order', async () => {
    const box = await openBox()
    box.outbox.send('20', 'a', null)
    box.outbox.send('20', 'b', null)
    last().refuse(new Problem('rate_limited', 429, undefined, 3_000))
    await settle()
    expect(box.outbox.of('20')[0]?.fate).toEqual({ kind: 'limited', until: 1_003_000 })
    box.outbox.outlook(live)
    await vi.advanceTimersByTimeAsync(2_999)
    expect(attempts.length).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(contents()).toEqual(['a', 'a'])
    last().accept()
    await settle()
    expect(contents()).toEqual(['a', 'a', 'b'])
  })

  test('its event may come before its answer, or instead of it', async () => {
    const box = await openBox()
    box.outbox.send('20', 'a', null)
    box.outbox.send('20', 'b', null)
    box.outbox.arrived(last().nonce)
    expect(contents()).toEqual(['a', 'b'])
    attempts[0]?.refuse(new Problem('timeout', 0))
    await settle()
    expect(fates(box)).toEqual(['sending'])
  })
})

describe('the nine minutes', () => {
  const begin = (at: number) => attempt([entryOf({ nonce: 'n', channel: '20', content: 'a', replyTo: null, at })], 'n', at)
  const fate = (queue: ReturnType<typeof begin>) => queue[0]?.fate.kind

  test('count from the first attempt that may have arrived', () => {
    let queue = failed(begin(1), 'n', broken, 2, () => 0)
    queue = attempt(queue, 'n', nonceLifeMs - 1)
    expect(fate(queue)).toBe('sending')
    queue = failed(queue, 'n', broken, nonceLifeMs, () => 0)
    queue = attempt(queue, 'n', nonceLifeMs + 1)
    expect(fate(queue)).toBe('unsure')
  })

  test('do not count for attempts that were surely refused', () => {
    for (const code of ['rate_limited', 'busy', 'shutting_down', 'storage_full'] as const) {
      const queue = failed(begin(1), 'n', new Problem(code, code === 'rate_limited' ? 429 : 503), 2, () => 0)
      expect(fate(attempt(queue, 'n', 10 * nonceLifeMs)), code).toBe('sending')
    }
  })

  test('do not begin for who has to sign in again', () => {
    expect(fate(failed(begin(1), 'n', new Problem('session_expired', 401), 2, () => 0))).toBe('waiting')
  })

  test('begin again when the person decides', () => {
    const unsure = attempt(
      failed(begin(1), 'n', broken, 2, () => 0),
      'n',
      2 + nonceLifeMs,
    )
    expect(fate(unsure)).toBe('unsure')
    expect(fate(attempt(retry(unsure, 'n'), 'n', 3 + nonceLifeMs))).toBe('sending')
  })

  test('hold for what a tab that died was sending', () => {
    expect(fate(attempt(adopt([], begin(1)), 'n', nonceLifeMs))).toBe('sending')
    expect(fate(attempt(adopt([], begin(1)), 'n', 1 + nonceLifeMs))).toBe('unsure')
  })

  test('an unsure one does not hold up the next', async () => {
    const box = await openBox()
    box.outbox.send('20', 'a', null)
    box.outbox.send('20', 'b', null)
    last().refuse(new Problem('timeout', 0))
    box.outbox.outlook(offline)
    await vi.advanceTimersByTimeAsync(nonceLifeMs)
    box.outbox.outlook(live)
    expect(fates(box)).toEqual(['unsure', 'sending'])
    expect(contents()).toEqual(['a', 'b'])
  })
})

describe('what is kept', () => {
  test('is on the device before the first attempt', async () => {
    const box = await openBox()
    const before: number[] = []
    const set = box.tab.storage.setItem
    box.tab.storage.setItem = (key, value) => (before.push(attempts.length), set(key, value))
    box.outbox.send('20', 'a', null)
    expect(before[0]).toBe(0)
    expect(attempts.length).toBe(1)
  })

  test('a crashed tab: one living tab takes its messages over, with their nonces', async () => {
    const a = await openBox()
    const b = await openBox()
    const c = await openBox()
    a.outbox.send('20', 'a', null)
    a.outbox.send('20', 'b', null)
    const nonce = last().nonce
    await settle()
    expect(attempts.length).toBe(1)
    a.tab.crash()
    await settle()
    expect(contents()).toEqual(['a', 'a'])
    expect(last().nonce).toBe(nonce)
    expect([b, c].map((box) => fates(box).length).sort()).toEqual([0, 2])
    last().accept()
    await settle()
    last().accept()
    await settle()
    expect(contents()).toEqual(['a', 'a', 'b'])
    expect(browser.kept.size).toBe(0)
  })

  test('the last tab closes: the next one goes on', async () => {
    const a = await openBox()
    a.outbox.outlook(offline)
    a.outbox.send('20', 'a', null)
    a.outbox.close()
    await openBox()
    expect(contents()).toEqual(['a'])
  })

  test('a living tab keeps its own', async () => {
    const a = await openBox()
    a.outbox.outlook(offline)
    a.outbox.send('20', 'a', null)
    const b = await openBox()
    await settle()
    expect([fates(a), fates(b)]).toEqual([['waiting'], []])
  })

  test('all of a person that did not arrive is counted, in every tab', async () => {
    const a = await openBox()
    a.outbox.outlook(offline)
    a.outbox.send('20', 'a', null)
    a.outbox.send('21', 'b', null)
    const b = await openBox()
    b.outbox.send('20', 'c', null)
    await settle()
    expect([a.outbox.count, b.outbox.count]).toEqual([3, 3])
    last().accept()
    await settle()
    expect([a.outbox.count, b.outbox.count]).toEqual([2, 2])
    a.tab.crash()
    b.outbox.outlook(offline)
    await settle()
    expect(b.outbox.count).toBe(2)
  })

  describe('without locks', () => {
    beforeEach(() => {
      browser = new FakeBrowser(false)
    })

    test('a new tab takes over from one that does not answer; the nonce keeps it one message', async () => {
      const a = await openBox()
      a.outbox.send('20', 'a', null)
      a.tab.crash()
      await openBox()
      await vi.advanceTimersByTimeAsync(aliveWithinMs)
      expect(attempts.length).toBe(2)
      expect(attempts[1]?.nonce).toBe(attempts[0]?.nonce)
    })

    test('a tab that lives says so and keeps its own', async () => {
      const a = await openBox()
      a.outbox.outlook(offline)
      a.outbox.send('20', 'a', null)
      const b = await openBox()
      await vi.advanceTimersByTimeAsync(10 * aliveWithinMs)
      expect([fates(a), fates(b)]).toEqual([['waiting'], []])
      expect(attempts).toEqual([])
    })

    test('a tab that slept has what was taken over no more, and what one takes back the other does not send', async () => {
      const a = await openBox()
      a.outbox.outlook(offline)
      a.outbox.send('20', 'a', null)
      const nonce = a.outbox.of('20')[0]?.nonce ?? ''
      a.tab.frozen = true
      const b = await openBox()
      b.outbox.outlook(offline)
      await vi.advanceTimersByTimeAsync(aliveWithinMs)
      expect([fates(a), fates(b)]).toEqual([['waiting'], ['waiting']])
      // The fake forgets what comes while a tab sleeps.
      a.tab.frozen = false
      a.outbox.discard(nonce)
      await settle()
      expect([fates(a), fates(b)]).toEqual([[], []])
      a.outbox.outlook(live)
      b.outbox.outlook(live)
      expect(attempts).toEqual([])
    })

    test('a tab that was too busy to answer gives its messages away', async () => {
      const a = await openBox()
      a.outbox.outlook(offline)
      a.outbox.send('20', 'a', null)
      a.tab.frozen = true
      const b = await openBox()
      await vi.advanceTimersByTimeAsync(aliveWithinMs - 1)
      a.tab.frozen = false
      await vi.advanceTimersByTimeAsync(1)
      expect([fates(a), fates(b)]).toEqual([[], ['sending']])
    })
  })

  test('a full device breaks nothing and is told once', async () => {
    browser.full = true
    const box = await openBox()
    box.outbox.send('20', 'a', null)
    box.outbox.send('20', 'b', null)
    last().accept()
    await settle()
    expect(contents()).toEqual(['a', 'b'])
    expect(warned).toBe(1)
  })

  test('nonsense is passed over', async () => {
    browser.kept.set('beep.outbox.1.tab9', '{')
    const good = entryOf({ nonce: 'g', channel: '20', content: 'good', replyTo: null, at: 1 })
    browser.kept.set('beep.outbox.1.tab8', JSON.stringify([1, null, { nonce: 'n' }, good]))
    const box = await openBox()
    expect(fates(box)).toEqual(['sending'])
    expect(contents()).toEqual(['good'])
  })
})
