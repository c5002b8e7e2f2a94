import { Problem } from '@/api/problem'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Ring } from './ring'
import { answerMs, leavingMs, quietMs, Tabs } from './tabs'
import { created, FakeBrowser, FakeNode, message, settle, type FakeTab } from './testing'
import type { Outlook } from './line'
import type { Ended } from './port'

let node: FakeNode
let browser: FakeBrowser
const open: Tabs[] = []

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  node = new FakeNode()
  browser = new FakeBrowser()
})

afterEach(() => {
  for (const tabs of open.splice(0)) tabs.close()
  expect(vi.getTimerCount(), 'timers left').toBe(0)
  vi.useRealTimers()
})

interface Probe {
  tab: FakeTab
  tabs: Tabs
  ring: Ring
  /** Ids of the messages this tab knows: of its snapshots and of what it heard, in order. */
  known: string[]
  syncs: number
  outlook: Outlook | undefined
  ended: Ended | undefined
}

const refusing = { sync: undefined as Problem | undefined }

/** A tab whose snapshot is as old as `before` says, in events. */
function openTab(ringSize = 2_000, before = 0): Probe {
  const tab = browser.tab()
  const ring = new Ring(`${node.epoch}.${node.position - before}`, ringSize)
  const snapshot = () => node.log.map(({ event }) => (event.type === 'message.created' ? event.message.id : ''))
  const probe: Probe = {
    tab,
    ring,
    known: snapshot().slice(0, node.log.length - before),
    syncs: 0,
    outlook: undefined,
    ended: undefined,
    tabs: undefined as never,
  }
  probe.tabs = new Tabs({
    environment: tab,
    user: '1',
    ring,
    read: node.readFor(tab),
    sync: async (signal) => {
      await settle(3)
      signal.throwIfAborted()
      if (refusing.sync) throw refusing.sync
      probe.syncs++
      probe.known = snapshot()
      ring.reset(node.cursor)
      return node.cursor
    },
    heard: (event) => event.type === 'message.created' && probe.known.push(event.message.id),
    outlook: (outlook) => (probe.outlook = outlook),
    ended: (why) => (probe.ended = why),
  })
  open.push(probe.tabs)
  probe.tabs.start()
  return probe
}

let next = 1
const say = () => node.tell(created(message(String(next++))))
const everything = () => node.log.map(({ event }) => (event.type === 'message.created' ? event.message.id : ''))

describe('one stream for all tabs', () => {
  test('the first leads, the others hear it all through it', async () => {
    const a = openTab()
    await settle()
    const b = openTab()
    const c = openTab()
    await settle()
    expect([a, b, c].map(({ tabs }) => tabs.leading)).toEqual([true, false, false])
    expect(node.streams.length).toBe(1)
    say()
    say()
    await settle()
    for (const { known, outlook } of [a, b, c]) {
      expect(known).toEqual(everything())
      expect(outlook?.connection).toEqual({ phase: 'live' })
    }
  })

  test('what has no cursor passes', async () => {
    openTab()
    const b = openTab()
    await settle()
    const at = b.ring.at
    node.broadcast(created(message('99')))
    await settle()
    expect(b.known).toContain('99')
    expect(b.ring.at).toBe(at)
  })

  test('a tab that comes late gets what came since its snapshot', async () => {
    openTab()
    await settle()
    const late = openTab()
    late.tab.frozen = true
    await settle()
    say()
    say()
    await settle()
    expect(late.known).toEqual(everything().slice(0, -2))
    late.tab.frozen = false
    say()
    await vi.advanceTimersByTimeAsync(answerMs)
    expect(late.known).toEqual(everything())
    expect(late.syncs).toBe(0)
    expect(late.tabs.leading).toBe(false)
  })

  test('what is relayed while a tab asks comes once', async () => {
    openTab()
    await settle()
    for (let turns = 0; turns < 16; turns++) {
      say()
      await settle(turns)
      const late = openTab(2_000, 1)
      await settle()
      expect(late.known, `${turns} turns later`).toEqual(everything())
    }
  })

  test('a tab that is too far behind fetches a snapshot of its own', async () => {
    openTab(4)
    const b = openTab(4)
    await settle()
    b.tab.frozen = true
    for (let i = 0; i < 20; i++) say()
    await settle()
    b.tab.frozen = false
    say()
    await settle()
    await vi.advanceTimersByTimeAsync(600)
    expect(b.syncs).toBe(1)
    say()
    await settle()
    expect(b.known).toEqual(everything())
  })

  test('a snapshot that fails is fetched again, and 401 ends the tab', async () => {
    openTab(4)
    const b = openTab(4)
    await settle()
    b.tab.frozen = true
    for (let i = 0; i < 20; i++) say()
    await settle()
    b.tab.frozen = false
    refusing.sync = new Problem('unreachable', 0)
    say()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(b.syncs).toBe(0)
    refusing.sync = undefined
    b.tab.chance = 0.5
    await vi.advanceTimersByTimeAsync(20_000)
    expect(b.known).toEqual(everything())
    refusing.sync = new Problem('unauthenticated', 401)
    b.tab.frozen = true
    for (let i = 0; i < 20; i++) say()
    await settle()
    b.tab.frozen = false
    say()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(b.ended).toBe('expired')
    refusing.sync = undefined
  })

  test('resync of the leader reaches every tab', async () => {
    const a = openTab()
    const b = openTab()
    await settle()
    say()
    node.cut()
    await settle()
    node.epoch = 'f'
    node.log = []
    node.position = 5
    say()
    await vi.advanceTimersByTimeAsync(2_000)
    await settle()
    expect([a.syncs, b.syncs]).toEqual([1, 1])
    say()
    await settle()
    expect(a.known).toEqual(everything())
    expect(b.known).toEqual(everything())
  })
})

describe('a leader goes', () => {
  test('closed: another goes on without a gap', async () => {
    const a = openTab()
    const b = openTab()
    const c = openTab()
    await settle()
    say()
    await settle()
    a.tabs.close()
    say()
    await settle()
    say()
    await settle()
    expect([b, c].filter(({ tabs }) => tabs.leading).length).toBe(1)
    expect(node.streams.length).toBe(1)
    expect(b.known).toEqual(everything())
    expect(c.known).toEqual(everything())
    expect(b.syncs + c.syncs).toBe(0)
  })

  test('crashed, while the others are at different places', async () => {
    const a = openTab()
    const b = openTab()
    const c = openTab()
    await settle()
    b.tab.frozen = true
    say()
    say()
    await settle()
    b.tab.frozen = false
    // b takes over behind, c is ahead of it.
    a.tab.crash()
    await settle()
    expect(b.tabs.leading).toBe(true)
    say()
    await settle()
    expect(b.known).toEqual(everything())
    expect(c.known).toEqual(everything())
  })

  test('the one ahead takes over: the one behind gets what it missed', async () => {
    const a = openTab()
    const b = openTab()
    const c = openTab()
    await settle()
    c.tab.frozen = true
    say()
    say()
    await settle()
    c.tab.frozen = false
    a.tab.crash()
    await settle()
    expect(b.tabs.leading).toBe(true)
    expect(c.known).toEqual(everything())
    expect(c.syncs).toBe(0)
  })

  test('a question to a leader that is gone is asked again of the next one', async () => {
    const a = openTab()
    const b = openTab()
    await settle()
    a.tab.frozen = true
    const c = openTab()
    c.tab.frozen = true
    await settle()
    say()
    await settle()
    c.tab.frozen = false
    a.tab.crash()
    await settle()
    expect(b.tabs.leading).toBe(true)
    expect(c.known).toEqual(everything())
  })

  test('hangs: it is asked, and then robbed; when it wakes it follows', async () => {
    const a = openTab()
    const b = openTab()
    const c = openTab()
    await settle()
    a.tab.frozen = true
    node.streams = []
    await vi.advanceTimersByTimeAsync(quietMs + answerMs - 1)
    expect(b.tabs.leading || c.tabs.leading).toBe(false)
    a.tab.frozen = false
    const leaders = () => [a, b, c].filter(({ tabs }) => tabs.leading)
    await vi.advanceTimersByTimeAsync(1)
    await vi.advanceTimersByTimeAsync(answerMs)
    expect(leaders().length).toBe(1)
    expect(a.tabs.leading).toBe(false)
    say()
    await settle()
    for (const { known } of [a, b, c]) expect(known).toEqual(everything())
  })

  test('a silent leader that answers stays', async () => {
    const a = openTab()
    const b = openTab()
    await settle()
    await vi.advanceTimersByTimeAsync(3 * quietMs)
    expect(a.tabs.leading).toBe(true)
    expect(b.tabs.leading).toBe(false)
  })
})

describe('the line', () => {
  test('its state shows in every tab, and any tab can hurry it', async () => {
    const a = openTab()
    const b = openTab()
    await settle()
    a.tab.chance = 0.9
    node.refuse = new Problem('busy', 503, undefined, 10_000)
    node.cut()
    await settle()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(b.outlook).toMatchObject({ connection: { phase: 'waiting' }, reachable: true })
    node.refuse = undefined
    b.tabs.reconnect()
    await settle()
    expect(a.outlook?.connection).toEqual({ phase: 'live' })
    expect(b.outlook?.connection).toEqual({ phase: 'live' })
  })

  test('whoever looks at a tab again does not wait', async () => {
    openTab()
    const b = openTab()
    await settle()
    node.refuse = new Problem('busy', 503, undefined, 20_000)
    node.cut()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(b.outlook?.connection.phase).toBe('waiting')
    node.refuse = undefined
    b.tab.emit('visible', {})
    await settle()
    expect(b.outlook?.connection.phase).toBe('live')
  })

  test('a clock that is set back does not stop it', async () => {
    const a = openTab()
    await settle()
    node.refuse = new Problem('busy', 503, undefined, 10_000)
    node.cut()
    await vi.advanceTimersByTimeAsync(1_000)
    node.refuse = undefined
    vi.setSystemTime(Date.now() - 5_000)
    await vi.advanceTimersByTimeAsync(16_000)
    expect(a.outlook?.connection.phase).toBe('live')
  })

  test('offline and back: nothing lost, nothing twice', async () => {
    const a = openTab()
    const b = openTab()
    await settle()
    browser.setNetwork(false)
    await settle()
    expect(b.outlook?.connection).toEqual({ phase: 'offline' })
    for (let i = 0; i < 50; i++) say()
    browser.setNetwork(true)
    await settle(200)
    expect(a.known).toEqual(everything())
    expect(b.known).toEqual(everything())
  })

  test('the end reaches every tab; a signing out is told as one', async () => {
    const a = openTab()
    const b = openTab()
    await settle()
    b.tabs.leave(true)
    await settle()
    node.broadcast({ type: 'bye', reason: 'signed_out', reconnect: false })
    await settle()
    expect([a.ended, b.ended]).toEqual(['signed-out', 'signed-out'])
    expect(node.streams.length).toBe(0)
  })

  test('the word of a tab that wanted to sign out and died does not last', async () => {
    const a = openTab()
    const b = openTab()
    const c = openTab()
    await settle()
    c.tabs.leave(true)
    await settle()
    c.tab.crash()
    await vi.advanceTimersByTimeAsync(leavingMs)
    node.broadcast({ type: 'bye', reason: 'signed_out', reconnect: false })
    await settle()
    expect([a.ended, b.ended]).toEqual(['revoked', 'revoked'])
  })

  test('a tab that stays after all takes its word back', async () => {
    const a = openTab()
    const b = openTab()
    await settle()
    b.tabs.leave(true)
    b.tabs.leave(false)
    await settle()
    node.broadcast({ type: 'bye', reason: 'signed_out', reconnect: false })
    await settle()
    expect([a.ended, b.ended]).toEqual(['revoked', 'revoked'])
  })

  test('revoked elsewhere', async () => {
    const a = openTab()
    const b = openTab()
    await settle()
    node.broadcast({ type: 'bye', reason: 'signed_out', reconnect: false })
    await settle()
    expect([a.ended, b.ended]).toEqual(['revoked', 'revoked'])
  })
})

test('without locks every tab has a line of its own', async () => {
  browser = new FakeBrowser(false)
  const a = openTab()
  const b = openTab()
  await settle()
  expect(node.streams.length).toBe(2)
  say()
  await settle()
  expect(a.known).toEqual(everything())
  expect(b.known).toEqual(everything())
  a.tabs.end('expired')
  await settle()
  expect(b.ended).toBe('expired')
})
