import { Problem } from '@/api/problem'
import { describe, expect, test } from 'vitest'
import { connectionOf, greetWithinMs, idle, stableAfterMs, step, type Command, type Input, type Line } from './connection'

const now = 1_000_000
const chance = { now, random: () => 0.5 }
const opening: Line = { ...idle, at: 'opening', cursor: 'e.1', until: now + greetWithinMs }
const live: Line = { ...opening, at: 'live', until: 0, liveSince: now - 1_000, met: true }
const waiting: Line = { ...idle, at: 'waiting', cursor: 'e.1', until: now, breaks: 1 }
const syncing: Line = { ...waiting, at: 'syncing', until: 0, mustSync: true }
const offline: Line = { ...idle, at: 'offline', cursor: 'e.1' }
const refused = (
  code: 'unauthenticated' | 'too_many_streams' | 'busy' | 'bad_last_event_id' | 'unknown',
  status: number,
  ms?: number,
) => new Problem(code, status, undefined, ms)

type Row = [name: string, from: Line, input: Input, want: Partial<Line>, commands: Command['do'][]]

const rows: Row[] = [
  [
    'start opens',
    idle,
    { kind: 'start', cursor: 'e.7', mustSync: false },
    { at: 'opening', cursor: 'e.7', until: now + greetWithinMs },
    ['open'],
  ],
  [
    'start fetches first where events were missed',
    idle,
    { kind: 'start', cursor: 'e.7', mustSync: true },
    { at: 'syncing' },
    ['sync'],
  ],
  ['ready goes live', opening, { kind: 'ready', resumed: true }, { at: 'live', until: 0, liveSince: now, met: true }, []],
  ['ready that did not resume is not live', opening, { kind: 'ready', resumed: false }, { at: 'opening', mustSync: true }, []],
  ['an event moves the cursor', live, { kind: 'moved', cursor: 'e.2' }, { cursor: 'e.2' }, []],
  [
    'nothing moves a cursor that is lost',
    { ...opening, mustSync: true },
    { kind: 'moved', cursor: 'f.2' },
    { cursor: 'e.1' },
    [],
  ],
  ['degraded', live, { kind: 'degraded' }, { at: 'live', degraded: true }, []],
  ['healed', { ...live, degraded: true }, { kind: 'healed' }, { at: 'live', degraded: false }, []],
  [
    'resync waits as asked',
    live,
    { kind: 'resync', afterMs: 300 },
    { at: 'waiting', mustSync: true, until: now + 300 },
    ['close'],
  ],
  [
    'resync again and again backs off',
    { ...live, breaks: 4 },
    { kind: 'resync', afterMs: 0 },
    { at: 'waiting', until: now + 2_000, breaks: 5 },
    ['close'],
  ],
  ['the alarm after resync fetches', { ...waiting, mustSync: true }, { kind: 'alarm' }, { at: 'syncing', until: 0 }, ['sync']],
  [
    'a snapshot opens from its cursor',
    syncing,
    { kind: 'synced', cursor: 'f.9' },
    { at: 'opening', cursor: 'f.9', mustSync: false },
    ['open'],
  ],
  [
    'no snapshot backs off',
    syncing,
    { kind: 'unsynced', problem: refused('busy', 503) },
    { at: 'waiting', mustSync: true, until: now + 500 },
    ['close'],
  ],
  [
    'no snapshot waits as asked',
    syncing,
    { kind: 'unsynced', problem: refused('busy', 503, 8_000) },
    { until: now + 9_000 },
    ['close'],
  ],
  [
    'the snapshot is refused: over',
    syncing,
    { kind: 'unsynced', problem: refused('unauthenticated', 401) },
    { at: 'ended' },
    ['close', 'end'],
  ],
  ['bye, come back', live, { kind: 'bye', reconnect: true }, { at: 'waiting', until: now + 500, breaks: 1 }, ['close']],
  [
    'bye again and again backs off',
    { ...live, breaks: 3 },
    { kind: 'bye', reconnect: true },
    { until: now + 1_000, breaks: 4 },
    ['close'],
  ],
  ['bye for good', live, { kind: 'bye', reconnect: false }, { at: 'ended' }, ['close', 'end']],
  [
    'a break backs off',
    live,
    { kind: 'broken', problem: new Problem('unreachable', 0) },
    { at: 'waiting', until: now + 250, reachable: false },
    ['close'],
  ],
  ['closed without a word', live, { kind: 'broken' }, { at: 'waiting', reachable: true }, ['close']],
  [
    'a break after others backs off longer',
    { ...opening, breaks: 5 },
    { kind: 'broken' },
    { until: now + 8_000, breaks: 6 },
    ['close'],
  ],
  ['never longer than 30 s', { ...opening, breaks: 50 }, { kind: 'broken' }, { until: now + 15_000 }, ['close']],
  [
    'a stable line forgets',
    { ...live, breaks: 9, liveSince: now - stableAfterMs },
    { kind: 'broken' },
    { until: now + 250, breaks: 1 },
    ['close'],
  ],
  ['401 is over', opening, { kind: 'broken', problem: refused('unauthenticated', 401) }, { at: 'ended' }, ['close', 'end']],
  ['204 is over', opening, { kind: 'broken', problem: refused('unknown', 204) }, { at: 'ended' }, ['close', 'end']],
  [
    'too many streams waits',
    opening,
    { kind: 'broken', problem: refused('too_many_streams', 429) },
    { at: 'waiting', reachable: true },
    ['close'],
  ],
  [
    'an unknown cursor needs the snapshot',
    opening,
    { kind: 'broken', problem: refused('bad_last_event_id', 400) },
    { at: 'waiting', mustSync: true },
    ['close'],
  ],
  [
    'nobody greets',
    { ...opening, until: now },
    { kind: 'alarm' },
    { at: 'waiting', until: now + 250, reachable: false },
    ['close'],
  ],
  ['the alarm tries again', waiting, { kind: 'alarm' }, { at: 'opening' }, ['open']],
  ['an early alarm does nothing', { ...waiting, until: now + 1 }, { kind: 'alarm' }, { at: 'waiting' }, []],
  ['offline closes', live, { kind: 'offline' }, { at: 'offline', until: 0 }, ['close']],
  ['offline while waiting', waiting, { kind: 'offline' }, { at: 'offline', until: 0 }, []],
  ['online tries at once', { ...offline, breaks: 4 }, { kind: 'online' }, { at: 'opening', breaks: 0 }, ['open']],
  ['online with events missed fetches', { ...offline, mustSync: true }, { kind: 'online' }, { at: 'syncing' }, ['sync']],
  ['the person does not wait', waiting, { kind: 'reconnect' }, { at: 'opening' }, ['open']],
  ['a live line needs no help', live, { kind: 'reconnect' }, { at: 'live' }, []],
  ['stop', live, { kind: 'stop' }, { at: 'idle', until: 0 }, ['close']],
  ['late words of a stream that is closed', waiting, { kind: 'ready', resumed: true }, { at: 'waiting' }, []],
  ['a late snapshot', offline, { kind: 'synced', cursor: 'f.1' }, { at: 'offline', cursor: 'e.1' }, []],
]

describe('the connection machine', () => {
  test.each(rows)('%s', (_, from, input, want, commands) => {
    const [to, done] = step(from, input, chance)
    expect(to).toMatchObject(want)
    expect(done.map((command) => command.do)).toEqual(commands)
  })

  test('what a person sees', () => {
    expect(connectionOf(opening)).toEqual({ phase: 'connecting' })
    expect(connectionOf(live)).toEqual({ phase: 'live' })
    expect(connectionOf({ ...live, degraded: true })).toEqual({ phase: 'degraded' })
    expect(connectionOf(waiting)).toEqual({ phase: 'waiting', until: now })
    expect(connectionOf({ ...opening, met: true })).toEqual({ phase: 'waiting', until: 0 })
    expect(connectionOf(offline)).toEqual({ phase: 'offline' })
  })

  test('why it ends', () => {
    expect(step(live, { kind: 'bye', reconnect: false }, chance)[1]).toContainEqual({ do: 'end', why: 'revoked' })
    expect(step(opening, { kind: 'broken', problem: refused('unauthenticated', 401) }, chance)[1]).toContainEqual({
      do: 'end',
      why: 'expired',
    })
  })
})

// Numbers that look random and are the same in every run (mulberry32).
function dice(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const anything: Input[] = [
  ...rows.map(([, , input]) => input).filter((input) => !['stop', 'start'].includes(input.kind)),
  { kind: 'bye', reconnect: true },
  { kind: 'broken', problem: new Problem('timeout', 0) },
]

test('whatever comes, one thing is under way and a line never sticks', () => {
  const ends = (input: Input) =>
    (input.kind === 'bye' && !input.reconnect) || ('problem' in input && [401, 204].includes(input.problem?.status ?? 0))
  const inputs = anything.filter((input) => !ends(input))
  for (let seed = 1; seed <= 60; seed++) {
    const random = dice(seed)
    let time = now
    let underWay = ''
    let [line, commands] = step(idle, { kind: 'start', cursor: 'e.1', mustSync: false }, { now: time, random })
    const perform = () => {
      for (const command of commands) {
        if (command.do === 'close') underWay = ''
        else {
          expect(underWay === '' || underWay === 'sync', `${command.do} while ${underWay} is under way`).toBe(true)
          underWay = command.do
        }
      }
    }
    perform()
    for (let i = 0; i < 200; i++) {
      time += Math.floor(random() * 20_000)
      if (line.until > 0 && random() < 0.3) time = Math.max(time, line.until)
      const input = inputs[Math.floor(random() * inputs.length)] as Input
      ;[line, commands] = step(line, input, { now: time, random })
      perform()
      expect(line.at !== 'waiting' || line.until > 0, 'a wait has an end').toBe(true)
      expect(line.until - time).toBeLessThanOrEqual(75_000)
      expect(underWay).toBe({ opening: 'open', live: 'open', syncing: 'sync' }[line.at as string] ?? '')
      if (line.mustSync) expect(line.at).not.toBe('live')
    }
  }
})
