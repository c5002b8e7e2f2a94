import type { Problem } from '@/api/problem'
import type { Rest } from '@/api/rest'
import { apply } from '@/model/apply'
import { compareIds } from '@/model/ids'
import { findChannel } from '@/model/state'
import type { ChannelState, State } from '@/model/types'
import type { ReadStateUpdatedEvent } from '@contract/events.gen'
import type { ChannelID, MessageID, ReadState, UserID } from '@contract/types.gen'
import { backoff } from './backoff'
import { Timer, type Environment } from './environment'
import type { Holder } from './holder'
import { problemOf } from './line'

/** Reading on within this time is told at once. */
export const gatherMs = 400

/** Tells the node how far this person has read: forwards only, a little later, and at once in what this client shows. */
export class ReadMarks {
  readonly #environment: Environment
  readonly #rest: Rest
  readonly #holder: Holder
  /** How far each channel was read here, told or not. */
  readonly #marks = new Map<ChannelID, MessageID>()
  readonly #untold = new Set<ChannelID>()
  readonly #timer = new Timer()
  readonly #closed = new AbortController()
  #sending = false
  #failures = 0

  constructor(environment: Environment, rest: Rest, holder: Holder) {
    this.#environment = environment
    this.#rest = rest
    this.#holder = holder
  }

  /** Reads up to a message, or to the newest. */
  mark(id: ChannelID, message?: MessageID): void {
    const channel = findChannel(this.#holder.peek(), id)?.channel
    const target = message ?? channel?.last ?? ''
    if (!channel?.read || !target) return
    const known = this.#marks.get(id) ?? ''
    if (compareIds(target, channel.read.last_read_id) <= 0 || compareIds(target, known) <= 0) return
    this.#marks.set(id, target)
    this.#untold.add(id)
    this.reapply()
    if (!this.#sending && this.#failures === 0) this.#timer.set(gatherMs, () => void this.#flush())
  }

  /** Shows again what is not told yet, after a snapshot that does not have it. */
  reapply(): void {
    const marks = [...this.#untold].map((channel) => [channel, this.#marks.get(channel) ?? ''] as const)
    this.#holder.change((state) => marks.reduce((next, [channel, mark]) => readLocally(next, channel, mark), state))
  }

  /** The line is back: what could not be told is told now. */
  hurry(): void {
    if (this.#failures === 0 || this.#sending) return
    this.#failures = 0
    this.#timer.set(0, () => void this.#flush())
  }

  close(): void {
    this.#closed.abort()
    this.#timer.clear()
  }

  async #flush(): Promise<void> {
    this.#sending = true
    const problem = await this.#tellAll()
    this.#sending = false
    if (this.#closed.signal.aborted || this.#untold.size === 0) return
    this.#failures = problem ? this.#failures + 1 : 0
    const ms = problem ? backoff(this.#failures, this.#environment.random, problem.retryAfterMs) : 0
    this.#timer.set(Math.max(gatherMs, ms), () => void this.#flush())
  }

  /** Gives the problem that may pass, and stops there. A mark that is refused for good is dropped. */
  async #tellAll(): Promise<Problem | undefined> {
    const { signal } = this.#closed
    for (const channel of [...this.#untold]) {
      const mark = this.#marks.get(channel) ?? ''
      try {
        await this.#rest('markRead', { params: { channel_id: channel }, body: { message_id: mark }, signal })
      } catch (error) {
        const problem = problemOf(error)
        if (signal.aborted || problem.retryable) return problem
      }
      if (this.#marks.get(channel) === mark) this.#untold.delete(channel)
      this.#failures = 0
    }
    return undefined
  }
}

/** readLocally shows a channel as read up to a message, where what is left unread can be told from what is loaded. */
export function readLocally(state: State, id: ChannelID, mark: MessageID): State {
  const channel = findChannel(state, id)?.channel
  if (!channel?.read || compareIds(mark, channel.read.last_read_id) <= 0) return state
  const left = leftUnread(channel, mark, state.user.id)
  if (!left) return state
  // The node gives read states the mark as their version, as a number: the same one makes its event a repetition.
  const read: ReadState = { ...left, channel_id: id, last_read_id: mark, version: Number(mark) }
  const event: ReadStateUpdatedEvent = { v: 1, id: '', at: '', type: 'read_state.updated', read_state: read }
  return apply(state, event)
}

function leftUnread(
  channel: ChannelState,
  mark: MessageID,
  me: UserID,
): Pick<ReadState, 'unread_count' | 'mention_count'> | undefined {
  if (compareIds(mark, channel.last) >= 0) return { unread_count: 0, mention_count: 0 }
  const { page } = channel
  const first = page?.messages[0]
  if (!page?.atEnd || !first || (!page.atStart && compareIds(first.id, mark) > 0)) return undefined
  const after = page.messages.filter(({ id, author }) => compareIds(id, mark) > 0 && author.id !== me)
  const mentions = after.filter(({ mentions }) => mentions.everyone || mentions.users.includes(me))
  return { unread_count: Math.min(after.length, 100), mention_count: Math.min(mentions.length, 100) }
}
