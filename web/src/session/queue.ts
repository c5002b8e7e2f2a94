import type { Problem } from '@/api/problem'
import type { Pending } from '@/model/types'
import { backoff } from './backoff'

/** The node remembers a nonce for ten minutes at least; this is the part of it that is surely not over when an attempt arrives. */
export const nonceLifeMs = 9 * 60_000
const usualLimitMs = 1_000

/** A message on its way, with what its sender needs to know. */
export interface Entry extends Pending {
  readonly attempts: number
  /** When the attempt under way began; 0: none is. */
  readonly trying: number
  /** When the first attempt began of which nobody knows whether it arrived; 0: none. */
  readonly doubt: number
}

/** Messages on their way in the order they were written, all channels. Nothing is changed in place. */
export type Queue = readonly Entry[]

/** entryOf begins a message's way. */
export function entryOf(pending: Omit<Pending, 'fate'>): Entry {
  return { ...pending, fate: { kind: 'waiting' }, attempts: 0, trying: 0, doubt: 0 }
}

const change = (queue: Queue, nonce: string, how: (entry: Entry) => Entry): Queue =>
  queue.map((entry) => (entry.nonce === nonce ? how(entry) : entry))

/** What may leave now, at most one a channel, and when the next one may (0: not by itself). */
export interface Due {
  readonly now: readonly Entry[]
  readonly next: number
}

/**
 * due finds what may leave: of each channel the first that is neither refused nor unsure, unless an attempt is under way there or
 * its time has not come. A closed line holds all.
 */
export function due(queue: Queue, now: number, open: boolean): Due {
  const seen = new Set<string>()
  const leaving: Entry[] = []
  let next = 0
  for (const entry of queue) {
    if (seen.has(entry.channel) || isSettled(entry)) continue
    seen.add(entry.channel)
    if (entry.fate.kind === 'sending' || !open) continue
    const until = 'until' in entry.fate ? (entry.fate.until ?? 0) : 0
    if (until <= now) leaving.push(entry)
    else next = next === 0 ? until : Math.min(next, until)
  }
  return { now: leaving, next }
}

const isSettled = ({ fate }: Entry) => fate.kind === 'refused' || fate.kind === 'unsure'

/** The node may have forgotten the nonce of an attempt that may have arrived: sending it again might double it. */
const isForgotten = ({ doubt }: Entry, now: number) => doubt > 0 && now - doubt >= nonceLifeMs

/** attempt begins an attempt, unless it might double the message: then the entry is unsure. */
export function attempt(queue: Queue, nonce: string, now: number): Queue {
  return change(queue, nonce, (entry) =>
    isForgotten(entry, now)
      ? { ...entry, trying: 0, fate: { kind: 'unsure' } }
      : { ...entry, attempts: entry.attempts + 1, trying: now, fate: { kind: 'sending' } },
  )
}

/** arrived takes a message out that the channel has. */
export function arrived(queue: Queue, nonce: string): Queue {
  return queue.some((entry) => entry.nonce === nonce) ? queue.filter((entry) => entry.nonce !== nonce) : queue
}

/** Refusals that come before anything is stored. */
const early = new Set(['rate_limited', 'busy', 'shutting_down', 'storage_full'])

/** failed decides by the answer, or by none, what becomes of the attempt under way. */
export function failed(queue: Queue, nonce: string, problem: Problem, now: number, random: () => number): Queue {
  return change(queue, nonce, (entry) => {
    const next = { ...entry, trying: 0 }
    if (problem.status === 429) return { ...next, fate: { kind: 'limited', until: now + (problem.retryAfterMs ?? usualLimitMs) } }
    // The session is over: what is kept leaves after the next sign-in.
    if (problem.status === 401) return { ...next, fate: { kind: 'waiting' } }
    if (problem.status > 0 && problem.status < 500 && !problem.retryable)
      return { ...next, fate: { kind: 'refused', code: problem.code, reason: problem.message } }
    const doubt = early.has(problem.code) ? entry.doubt : entry.doubt || entry.trying || now
    const until = now + backoff(entry.attempts, random, problem.retryAfterMs)
    return { ...next, doubt, fate: { kind: 'waiting', until } }
  })
}

/** hurry lets everything that only waits out a failure leave at once: the line is back. What the rate limit holds stays held. */
export function hurry(queue: Queue): Queue {
  const waits = ({ fate }: Entry) => fate.kind === 'waiting' && fate.until !== undefined
  return queue.some(waits) ? queue.map((entry) => (waits(entry) ? { ...entry, fate: { kind: 'waiting' } } : entry)) : queue
}

/** retry sends again what was refused or is unsure: the person wants it, knowing that it might come twice. */
export function retry(queue: Queue, nonce: string): Queue {
  return change(queue, nonce, (entry) =>
    entry.fate.kind === 'sending' ? entry : { ...entry, fate: { kind: 'waiting' }, attempts: 0, doubt: 0 },
  )
}

/** adopt takes over what a tab left that is gone: an attempt of its own may have arrived. */
export function adopt(queue: Queue, left: Queue): Queue {
  const known = new Set(queue.map(({ nonce }) => nonce))
  const taken = left.filter(({ nonce }) => !known.has(nonce)).map(orphaned)
  return [...queue, ...taken].sort((a, b) => a.at - b.at)
}

function orphaned(entry: Entry): Entry {
  if (entry.fate.kind !== 'sending') return entry
  return { ...entry, trying: 0, doubt: entry.doubt || entry.trying, fate: { kind: 'waiting' } }
}
