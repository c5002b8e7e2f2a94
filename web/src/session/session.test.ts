import { Problem } from '@/api/problem'
import { findChannel } from '@/model/state'
import type { Instance, Message, Sync } from '@contract/types.gen'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSession, degradedEveryMs, type LiveSession } from './session.svelte'
import { onSomeoneHere } from './here'
import { created, event, FakeBrowser, FakeNode, fakeRest, message, self, settle, sync, syncServer, type FakeTab } from './testing'

const instance = {} as Instance
let browser: FakeBrowser
let node: FakeNode
const open: LiveSession[] = []

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  browser = new FakeBrowser()
  node = new FakeNode()
})

afterEach(() => {
  for (const session of open.splice(0)) session.close()
  expect(vi.getTimerCount(), 'timers left').toBe(0)
  vi.useRealTimers()
})

/** A node whose history, snapshot and stream tell the same. */
function world() {
  const history: Message[] = []
  const servers = [syncServer()]
  /** Whose cookie the browser has. */
  const cookie = { user: self() }
  const problem: { sync?: Problem; send?: Problem; logout?: Problem } = {}
  const say = (id: string, author = '2', more: Partial<Message> = {}) => {
    const one = message(id, author, more)
    history.push(one)
    node.tell(created(one))
    return one
  }
  const snapshot = (): Sync => {
    const last = history.at(-1)?.id
    const lastOf = (server: string): Record<string, string> => (last && server === '10' ? { '20': last } : {})
    const all = servers.map((one) => ({ ...one, last_message_ids: lastOf(one.server.id) }))
    return { ...sync(node.cursor, all), user: cookie.user }
  }
  const rest = fakeRest({
    sync: () => {
      if (problem.sync) throw problem.sync
      return snapshot()
    },
    listMessages: ({ query }) => {
      const { after, before } = query as { after?: string; before?: string }
      return history.filter(({ id }) => (!after || id > after) && (!before || id < before)).reverse()
    },
    sendMessage: ({ body }) => {
      if (problem.send) throw problem.send
      const { content, nonce } = body as { content: string; nonce: string }
      return say(String(100 + history.length), '1', { content, nonce })
    },
    editMessage: ({ body }) => message('100', '2', { content: (body as { content: string }).content, version: 2 }),
    deleteMessage: () => undefined,
    logout: () => {
      if (problem.logout) throw problem.logout
      node.broadcast({ type: 'bye', reason: 'signed_out', reconnect: false })
    },
  })
  return { history, servers, cookie, problem, say, rest }
}

/** A tab whose page believes that `user` is here. */
async function enter(
  { rest }: ReturnType<typeof world>,
  tab: FakeTab = browser.tab(),
  user = self(),
): Promise<LiveSession & { tab: FakeTab }> {
  const session = createSession({ rest, instance, user, environment: tab, read: node.readFor(tab) })
  open.push(session)
  await Promise.all([session.start(), settle()])
  await settle()
  return Object.assign(session, { tab })
}

const texts = (session: LiveSession) => findChannel(session.state, '20')?.channel.page?.messages.map(({ id }) => id)
const syncs = ({ rest }: ReturnType<typeof world>) => rest.calls.filter(({ operation }) => operation === 'sync').length

describe('a session', () => {
  test('starts from the snapshot and follows the stream', async () => {
    const here = world()
    here.say('100')
    const session = await enter(here)
    expect(session.connection).toEqual({ phase: 'live' })
    await session.history.open('20')
    here.say('101')
    await settle()
    expect(texts(session)).toEqual(['100', '101'])
    expect(session.people.get('2')?.id).toBe('2')
  })

  test('a first fetch that fails is thrown, and may be tried again', async () => {
    const here = world()
    here.problem.sync = new Problem('busy', 503)
    const session = createSession({
      rest: here.rest,
      instance,
      user: sync('').user,
      environment: browser.tab(),
      read: node.readFor(browser.tab()),
    })
    open.push(session)
    await expect(session.start()).rejects.toThrow('busy')
    here.problem.sync = undefined
    await session.start()
    expect(session.state.servers.size).toBe(1)
  })

  test('what is written shows once, whichever of answer and event is first', async () => {
    const here = world()
    const session = await enter(here)
    await session.history.open('20')
    session.outbox.send('20', 'hello', null)
    expect(session.outbox.of('20').length).toBe(1)
    await settle()
    expect(session.outbox.of('20')).toEqual([])
    expect(texts(session)).toEqual(['100'])
  })

  test('an edit and a removal show at once', async () => {
    const here = world()
    const one = here.say('100')
    const session = await enter(here)
    await session.history.open('20')
    await session.edit(one, 'new')
    expect(findChannel(session.state, '20')?.channel.page?.messages[0]?.content).toBe('new')
    await session.remove(one)
    expect(texts(session)).toEqual([])
  })

  test('resync: what is in sight stays in sight, with what was missed', async () => {
    const here = world()
    here.say('100')
    const a = await enter(here)
    const b = await enter(here)
    await a.history.open('20')
    await b.history.open('20')
    here.history.push(message('101'))
    node.epoch = 'f'
    node.broadcast({ type: 'resync', reason: 'gap', after_ms: 200 })
    await vi.advanceTimersByTimeAsync(1_000)
    await settle()
    here.say('102')
    await settle()
    expect(texts(a)).toEqual(['100', '101', '102'])
    expect(texts(b)).toEqual(['100', '101', '102'])
    expect(a.connection.phase).toBe('live')
  })

  test('counts what came while away, once', async () => {
    const here = world()
    const session = await enter(here)
    browser.setNetwork(false)
    await settle()
    expect(session.connection).toEqual({ phase: 'offline' })
    here.say('100')
    here.say('101')
    here.say('102', '1')
    browser.setNetwork(true)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(session.connection).toEqual({ phase: 'live', caughtUp: 2 })
    browser.setNetwork(false)
    browser.setNetwork(true)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(session.connection).toEqual({ phase: 'live' })
  })

  test('while the node is not sure, the page in sight is fetched again now and then', async () => {
    const here = world()
    here.say('100')
    const session = await enter(here)
    await session.history.open('20')
    node.broadcast({ type: 'degraded', reason: 'log' })
    await settle()
    here.history.push(message('101'))
    await vi.advanceTimersByTimeAsync(degradedEveryMs)
    expect(texts(session)).toEqual(['100', '101'])
    node.broadcast({ type: 'healed' })
    await settle()
    expect(session.connection.phase).toBe('live')
  })
})

describe('servers that are stale', () => {
  test('are fetched together, and nothing that comes meanwhile is lost', async () => {
    const here = world()
    here.say('100')
    const session = await enter(here)
    await session.history.open('20')
    node.tell(event('access.changed', { server_id: '10' }))
    await settle()
    const before = syncs(here)
    // The snapshot is made now, the message comes before it arrives.
    const calls = here.rest.calls
    calls.push = (...more) => {
      if (more[0]?.operation === 'listMessages') here.say('101')
      return Array.prototype.push.apply(calls, more)
    }
    await vi.advanceTimersByTimeAsync(1_100)
    await settle()
    expect(syncs(here)).toBe(before + 1)
    expect(session.state.stale.size).toBe(0)
    expect(texts(session)).toEqual(['100', '101'])
    expect(findChannel(session.state, '20')?.channel.last).toBe('101')
  })

  test('what was joined comes when it is waited for', async () => {
    const here = world()
    const session = await enter(here)
    here.servers.push(syncServer('11', ['30']))
    expect(await session.awaitServer('11')).toBe(true)
    expect(await session.awaitServer('12')).toBe(false)
  })

  test('one that is not there any more goes', async () => {
    const here = world()
    const session = await enter(here)
    here.servers.pop()
    node.tell(event('access.changed', { server_id: '10' }))
    await vi.advanceTimersByTimeAsync(1_100)
    expect(session.state.servers.size).toBe(0)
  })
})

describe('the end', () => {
  test('signing out leaves nothing of the person on the device, in any tab', async () => {
    const here = world()
    const a = await enter(here)
    const b = await enter(here)
    a.drafts.set('20', 'from a')
    b.drafts.set('21', 'from b')
    b.drafts.flush()
    browser.kept.set('beep.places.1', '{}')
    browser.kept.set('beep.draft.2.20', 'of another person')
    await b.signOut()
    await settle()
    expect([a.ended, b.ended]).toEqual(['signed-out', 'signed-out'])
    await vi.advanceTimersByTimeAsync(1_000)
    expect([...browser.kept.keys()]).toEqual(['beep.draft.2.20'])
    expect(node.streams).toEqual([])
  })

  test('a sign-out that fails changes nothing', async () => {
    const here = world()
    const session = await enter(here)
    here.problem.logout = new Problem('unreachable', 0)
    await expect(session.signOut()).rejects.toThrow('unreachable')
    expect(session.ended).toBeNull()
    node.broadcast({ type: 'bye', reason: 'signed_out', reconnect: false })
    await settle()
    expect(session.ended).toBe('revoked')
  })

  test('an answer that says the session is over ends it; what was written stays kept', async () => {
    const here = world()
    const session = await enter(here)
    here.problem.send = new Problem('session_expired', 401)
    session.outbox.send('20', 'kept', null)
    await settle()
    expect(session.ended).toBe('expired')
    expect([...browser.kept.values()].join()).toContain('kept')
    here.problem.send = undefined
    const again = await enter(here)
    await settle()
    expect(again.outbox.of('20')).toEqual([])
    expect(here.history.map(({ content }) => content)).toEqual(['kept'])
  })
})

describe('another person signs in with this browser', () => {
  const sends = ({ rest }: ReturnType<typeof world>) => rest.calls.filter(({ operation }) => operation === 'sendMessage').length

  test('a snapshot of theirs ends the session: nothing of it is taken, nothing sent, what was written stays kept', async () => {
    const here = world()
    const a = await enter(here)
    a.tab.chance = 0.5
    here.problem.send = new Problem('busy', 503)
    a.outbox.send('20', 'by one', null)
    a.drafts.set('20', 'kept too')
    await settle()
    here.cookie.user = self('2')
    here.servers.push(syncServer('11', ['30']))
    node.epoch = 'f'
    node.broadcast({ type: 'resync', reason: 'gap', after_ms: 0 })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(a.ended).toBe('expired')
    expect([a.me.id, a.state.servers.has('11')]).toEqual(['1', false])
    const before = sends(here)
    a.outbox.send('20', 'too late', null)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sends(here)).toBe(before)
    expect([...browser.kept.values()].join()).toMatch(/by one.*kept too/)

    here.problem.send = undefined
    here.cookie.user = self()
    await enter(here)
    await settle()
    expect(here.history.map(({ content }) => content)).toEqual(['by one'])
  })

  test('a server of theirs is not taken either', async () => {
    const here = world()
    const a = await enter(here)
    here.cookie.user = self('2')
    here.servers.push(syncServer('11', ['30']))
    expect(await a.awaitServer('11')).toBe(false)
    expect(a.ended).toBe('expired')
  })

  test('every tab of the first one hears it, and ends; one that shows the same person goes on', async () => {
    const here = world()
    const [a, b] = [await enter(here), await enter(here)]
    a.drafts.set('20', 'kept')
    expect([a.ended, b.ended]).toEqual([null, null])
    here.cookie.user = self('2')
    const other = await enter(here, browser.tab(), self('2'))
    expect([a.ended, b.ended, other.ended]).toEqual(['expired', 'expired', null])
    expect(browser.kept.get('beep.draft.1.20')).toBe('kept')
  })

  test('a tab whose start meets it ends too', async () => {
    const here = world()
    here.cookie.user = self('2')
    const tab = browser.tab()
    await expect(enter(here, tab, self())).rejects.toThrow('session_expired')
    expect(open.map(({ ended }) => ended)).toEqual(['expired'])
  })

  test('a tab at the door hears it from other tabs', async () => {
    const here = world()
    const [door, other] = [browser.tab(), browser.tab()]
    const heard = vi.fn()
    const stop = onSomeoneHere(heard, door)
    await enter(here, door)
    expect(heard).not.toHaveBeenCalled()
    await enter(here, other)
    expect(heard).toHaveBeenCalledTimes(1)
    stop()
    await enter(here)
    expect(heard).toHaveBeenCalledTimes(1)
  })
})
