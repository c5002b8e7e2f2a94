import type { Problem } from '@/api/problem'
import { backoff } from './backoff'
import type { Connection, Ended } from './port'

/** How long an attempt may take until the node greets. */
export const greetWithinMs = 20_000
/** A line that lived so long makes the next break the first again. */
export const stableAfterMs = 60_000
/** How far apart clients come back after a goodbye. */
export const goodbyeSpreadMs = 1_000
const longestResyncMs = 60_000

/**
 * The state of a tab's line to the node. One thing is under way at a time: a stream (`opening`, `live`), a fetch of the snapshot
 * (`syncing`), or the wait for the next try.
 */
export interface Line {
  readonly at: 'idle' | 'opening' | 'live' | 'syncing' | 'waiting' | 'offline' | 'ended'
  /** Where the stream goes on. */
  readonly cursor: string
  /** When the alarm is due, by this machine's clock; 0: none. */
  readonly until: number
  /** Events were missed: the snapshot comes before the next stream. */
  readonly mustSync: boolean
  readonly degraded: boolean
  /** Failures in a row. */
  readonly breaks: number
  /** 0: not live. */
  readonly liveSince: number
  /** It was live before. */
  readonly met: boolean
  /** The node answered the last time it was asked, whatever it said. */
  readonly reachable: boolean
}

export type Input =
  | { kind: 'start'; cursor: string; mustSync: boolean }
  | { kind: 'stop' | 'online' | 'offline' | 'reconnect' | 'alarm' | 'degraded' | 'healed' }
  | { kind: 'ready'; resumed: boolean }
  | { kind: 'moved'; cursor: string }
  | { kind: 'resync'; afterMs: number }
  | { kind: 'bye'; reconnect: boolean }
  /** The stream ended; without a problem the node just closed it. */
  | { kind: 'broken'; problem?: Problem }
  | { kind: 'synced'; cursor: string }
  | { kind: 'unsynced'; problem: Problem }

/** close ends what is under way, stream or fetch. */
export type Command = { do: 'open'; cursor: string } | { do: 'sync' } | { do: 'close' } | { do: 'end'; why: Ended }

type Step = [Line, Command[]]

interface Chance {
  now: number
  random: () => number
}

/** A line that was not started. */
export const idle: Line = {
  at: 'idle',
  cursor: '',
  until: 0,
  mustSync: false,
  degraded: false,
  breaks: 0,
  liveSince: 0,
  met: false,
  reachable: true,
}

/** step gives what the line becomes by an input, and what is to be done for it. Inputs that do not fit change nothing. */
export function step(line: Line, input: Input, chance: Chance): Step {
  if (line.at === 'ended') return [line, []]
  if (input.kind === 'start')
    return line.at === 'idle' ? go({ ...line, cursor: input.cursor, mustSync: input.mustSync }, chance) : [line, []]
  if (line.at === 'idle') return [line, []]
  switch (input.kind) {
    case 'stop':
      return [{ ...idle, cursor: line.cursor }, closing(line)]
    case 'offline':
      return [{ ...rest(line, chance), at: 'offline' }, closing(line)]
    case 'online':
    case 'reconnect':
      return line.at === 'waiting' || line.at === 'offline' ? go({ ...line, breaks: 0 }, chance) : [line, []]
    case 'alarm':
      return alarm(line, chance)
    case 'synced':
      return line.at === 'syncing' ? go({ ...line, cursor: input.cursor, mustSync: false, reachable: true }, chance) : [line, []]
    case 'unsynced':
      return line.at === 'syncing' ? failed(line, input.problem, chance) : [line, []]
    default:
      return line.at === 'opening' || line.at === 'live' ? streamed(line, input, chance) : [line, []]
  }
}

function streamed(line: Line, input: Input, chance: Chance): Step {
  switch (input.kind) {
    case 'ready':
      if (line.at !== 'opening') return [line, []]
      // Not resumed means that a resync follows; should the line break before it comes, the snapshot is due all the same.
      if (line.mustSync || (!input.resumed && line.cursor)) return [{ ...line, mustSync: true, reachable: true }, []]
      return [{ ...line, at: 'live', until: 0, degraded: false, liveSince: chance.now, met: true, reachable: true }, []]
    case 'moved':
      return [line.mustSync ? line : { ...line, cursor: input.cursor }, []]
    case 'degraded':
    case 'healed':
      return [{ ...line, degraded: input.kind === 'degraded' }, []]
    case 'resync': {
      const asked = Math.min(Math.max(input.afterMs || 0, 0), longestResyncMs)
      const calm = rest(line, chance)
      const ms = calm.breaks > 0 ? Math.max(asked, backoff(calm.breaks, chance.random)) : asked
      return wait({ ...calm, mustSync: true }, ms, chance)
    }
    case 'bye': {
      if (!input.reconnect) return end(line, 'revoked')
      const calm = rest(line, chance)
      return wait(calm, calm.breaks > 0 ? backoff(calm.breaks, chance.random) : chance.random() * goodbyeSpreadMs, chance)
    }
    case 'broken':
      return failed(line, input.problem, chance)
    default:
      return [line, []]
  }
}

function alarm(line: Line, chance: Chance): Step {
  if (line.until === 0 || chance.now < line.until) return [line, []]
  if (line.at === 'waiting') return go(line, chance)
  if (line.at !== 'opening') return [line, []]
  const calm = { ...rest(line, chance), reachable: false }
  return wait(calm, backoff(calm.breaks + 1, chance.random), chance)
}

/** The next try: of the snapshot when events were missed, else of the stream. */
function go(line: Line, { now }: Chance): Step {
  const next = { ...line, degraded: false, liveSince: 0 }
  if (line.mustSync) return [{ ...next, at: 'syncing', until: 0 }, [{ do: 'sync' }]]
  return [{ ...next, at: 'opening', until: now + greetWithinMs }, [{ do: 'open', cursor: line.cursor }]]
}

function failed(line: Line, problem: Problem | undefined, chance: Chance): Step {
  if (problem?.status === 401) return end(line, 'expired')
  // 204 instead of a stream: do not come back.
  if (problem?.status === 204 || problem?.code === 'account_suspended') return end(line, 'revoked')
  const calm = rest(line, chance)
  const mustSync = calm.mustSync || problem?.code === 'bad_last_event_id'
  const ms = backoff(calm.breaks + 1, chance.random, problem?.retryAfterMs)
  return wait({ ...calm, mustSync, reachable: problem === undefined || problem.status > 0 }, ms, chance)
}

/** Nothing is under way any more. A line that was stable forgets its failures. */
function rest(line: Line, { now }: Chance): Line {
  const stable = line.liveSince > 0 && now - line.liveSince >= stableAfterMs
  return { ...line, degraded: false, until: 0, liveSince: 0, breaks: stable ? 0 : line.breaks }
}

function wait(line: Line, ms: number, { now }: Chance): Step {
  return [{ ...line, at: 'waiting', breaks: line.breaks + 1, until: now + Math.max(1, Math.ceil(ms)) }, closing(line)]
}

function end(line: Line, why: Ended): Step {
  return [{ ...line, at: 'ended', until: 0, degraded: false, liveSince: 0 }, [...closing(line), { do: 'end', why }]]
}

const closing = (line: Line): Command[] => (line.at === 'waiting' || line.at === 'offline' ? [] : [{ do: 'close' }])

/** What a person sees of the line. */
export function connectionOf(line: Line): Connection {
  switch (line.at) {
    case 'live':
      return { phase: line.degraded ? 'degraded' : 'live' }
    case 'offline':
      return { phase: 'offline' }
    case 'waiting':
      return { phase: 'waiting', until: line.until }
    default:
      return line.met || line.breaks > 0 ? { phase: 'waiting', until: 0 } : { phase: 'connecting' }
  }
}
