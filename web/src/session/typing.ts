import type { Rest } from '@/api/rest'
import type { BeepEvent } from '@contract/events.gen'
import type { ChannelID, UserID } from '@contract/types.gen'
import { Cell } from './cell.svelte'
import { Timer, type Environment } from './environment'

/** At most one word of it so often in a channel; the node drops more. */
export const sendEveryMs = 4_000
/** How long someone types after the last word of it. */
export const forgetAfterMs = 8_000

const nobody: readonly UserID[] = []

/** Who types where, and telling the others that this person does. */
export class Typing {
  readonly #environment: Environment
  readonly #rest: Rest
  readonly #me: () => UserID
  readonly #sent = new Map<ChannelID, number>()
  readonly #until = new Map<ChannelID, Map<UserID, number>>()
  readonly #timer = new Timer()
  readonly #closed = new AbortController()
  readonly #names = new Cell<ReadonlyMap<ChannelID, readonly UserID[]>>(new Map())

  constructor(environment: Environment, rest: Rest, me: () => UserID) {
    this.#environment = environment
    this.#rest = rest
    this.#me = me
  }

  /** Tells that this person types. Nobody misses it when it is lost. */
  tell(channel: ChannelID): void {
    const now = this.#environment.now()
    if (now - (this.#sent.get(channel) ?? -sendEveryMs) < sendEveryMs || this.#closed.signal.aborted) return
    this.#sent.set(channel, now)
    this.#rest('sendTyping', { params: { channel_id: channel }, signal: this.#closed.signal }).catch(() => {})
  }

  /** Who else types there, in the order they began; reactive. */
  of(channel: ChannelID): readonly UserID[] {
    return this.#names.value.get(channel) ?? nobody
  }

  hear(event: BeepEvent): void {
    const channel = event.channel_id
    if (!channel) return
    if (event.type === 'typing.started' && event.user_id !== this.#me()) {
      const typists = this.#until.get(channel) ?? new Map<UserID, number>()
      typists.set(event.user_id, this.#environment.now() + forgetAfterMs)
      this.#until.set(channel, typists)
      this.#settle()
    }
    if (event.type === 'message.created' && this.#until.get(channel)?.delete(event.message.author.id)) this.#settle()
    // The next message of this person may begin at once after this one.
    if (event.type === 'message.created' && event.message.author.id === this.#me()) this.#sent.delete(channel)
  }

  close(): void {
    this.#closed.abort()
    this.#timer.clear()
  }

  #settle(): void {
    const now = this.#environment.now()
    let next = Infinity
    for (const [channel, typists] of this.#until) {
      for (const [user, until] of typists) {
        if (until <= now) typists.delete(user)
        else next = Math.min(next, until)
      }
      if (typists.size === 0) this.#until.delete(channel)
    }
    this.#names.value = new Map([...this.#until].map(([channel, typists]) => [channel, [...typists.keys()]]))
    if (next === Infinity) this.#timer.clear()
    else this.#timer.set(next - now, () => this.#settle())
  }
}
