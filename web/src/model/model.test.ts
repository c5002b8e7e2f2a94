import { expect, test } from 'vitest'
import type { BeepEvent } from '@contract/events.gen'
import { apply } from './apply'
import { openPage, pageOf } from './page'
import { snapshotOf, start, type Snapshot } from './state'
import { MiniNode } from './testing_node'
import type { State } from './types'

/** Many seeds take a while on a busy machine. */
const patienceMs = 30_000

const times = (n: number, act: () => void) => Array.from({ length: n }).forEach(act)

/** The newest five messages of every channel. */
function openAll(state: State, node: MiniNode): State {
  return [...node.messages].reduce((next, [id, all]) => {
    const newest = node.list(id, {}, 5)
    return openPage(next, id, newest, { atStart: all.length <= 5, atEnd: true })
  }, state)
}

function withoutCounts(snapshot: Snapshot): Snapshot {
  const servers = snapshot.servers.map((server) => {
    const reads = server.read_states.map((read) => ({ ...read, unread_count: 0, mention_count: 0 }))
    return { ...server, read_states: reads }
  })
  return { ...snapshot, servers }
}

/** The stream keeps the order of everything but what is told of one message: two nodes may tell of that the other way round. */
function shuffled(events: BeepEvent[], node: MiniNode): BeepEvent[] {
  const isAboutMessage = (event?: BeepEvent) => event?.type.startsWith('message.')
  const out = [...events]
  for (let i = 1; i < out.length; i++) {
    const [one, next] = [out[i - 1], out[i]]
    if (one && next && isAboutMessage(one) && isAboutMessage(next) && node.below(3) === 0) [out[i - 1], out[i]] = [next, one]
  }
  return out
}

/**
 * Whatever happens, and however far the cursor lies behind the data, the events after the cursor make of the snapshot what a fresh
 * snapshot says. One exception is stated in the documentation: a message that was deleted between cursor and data may be taken out of
 * the unread counts a second time.
 */
function obey(seed: number, disorder: boolean): void {
  const node = new MiniNode(seed, { channels: 2 })
  times(node.below(120), () => node.act())
  const cursor = node.events.length
  times(node.below(6), () => node.act())
  const data = node.events.length
  let state = openAll(start(node.snapshot()), node)
  times(node.below(200), () => node.act())

  const events = node.events.slice(cursor)
  for (const event of disorder ? shuffled(events, node) : events) {
    state = apply(state, event)
    if (node.below(4) === 0 && apply(state, event) !== state) expect.fail(`seed ${seed}: ${event.type} twice changed something`)
  }

  const ambiguous = node.deletions.some((at) => at >= cursor && at < data)
  const seen = (snapshot: Snapshot) => (ambiguous ? withoutCounts(snapshot) : snapshot)
  expect(seen(snapshotOf(state)), `seed ${seed}`).toEqual(seen(snapshotOf(start(node.snapshot()))))
  for (const { id } of node.channels) {
    const page = pageOf(state, id)
    if (!page) continue
    const all = node.messages.get(id) ?? []
    const from = Number(page.from)
    expect(page.messages, `seed ${seed}, channel ${id}`).toEqual(all.filter((one) => page.atStart || Number(one.id) >= from))
  }
}

test(
  'snapshot + events = fresh snapshot, with concurrent writers and events that come twice',
  () => {
    for (let seed = 0; seed < 200; seed++) obey(seed, false)
  },
  patienceMs,
)

test(
  'also when events about messages change places',
  () => {
    for (let seed = 1000; seed < 1200; seed++) obey(seed, true)
  },
  patienceMs,
)
