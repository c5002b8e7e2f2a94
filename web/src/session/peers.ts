import { Timer, type Broadcast, type Environment } from './environment'

/** How long a tab that lives may take to say so. */
export const aliveWithinMs = 1_000

type Word = { kind: 'ask' | 'alive'; tab: string } | { kind: 'gone'; nonces: readonly string[] }

export interface PeersOptions {
  environment: Environment
  /** The name of a tab's lock; all tabs of a person use the same. */
  lockOf: (tab: string) => string
  /** This tab. */
  id: string
  /** Another tab took these messages over, or back: this one is not to send them. */
  gone: (nonces: readonly string[]) => void
}

/**
 * Tells the tabs that live from those that are gone: each holds a lock while it lives. On plain http there are no locks, and they are
 * asked; a tab that sleeps does not answer, so what becomes of its messages is told it for when it wakes.
 */
export class Peers {
  readonly #options: PeersOptions
  /** What ends the waiting for a tab. */
  readonly #awaited = new Map<string, () => void>()
  #channel: Broadcast | null = null
  #release = () => {}

  constructor(options: PeersOptions) {
    this.#options = options
  }

  /** Makes this tab known as living. */
  async start(): Promise<void> {
    const { environment, lockOf, id } = this.#options
    const { locks } = environment
    if (!locks) return this.#listen()
    await new Promise<void>((held) => {
      const whileAlive = () => {
        held()
        return new Promise<void>((release) => (this.#release = release))
      }
      locks.request(lockOf(id), {}, whileAlive).catch(() => held())
    })
  }

  close(): void {
    for (const stop of this.#awaited.values()) stop()
    this.#channel?.close()
    this.#release()
  }

  /** Takes over when a tab is gone; where there are locks only the first of those that wait does. */
  whenGone(tab: string, takeOver: () => void): void {
    if (this.#awaited.has(tab)) return
    if (this.#options.environment.locks) this.#queue(tab, takeOver)
    else this.#ask(tab, takeOver)
  }

  /** The tab has nothing any more to take over. */
  forget(tab: string): void {
    this.#awaited.get(tab)?.()
    this.#awaited.delete(tab)
  }

  /** Tells the others that messages are not theirs to send. */
  tellGone(nonces: readonly string[]): void {
    this.#post({ kind: 'gone', nonces })
  }

  #queue(tab: string, takeOver: () => void): void {
    const { environment, lockOf } = this.#options
    const waiting = new AbortController()
    const stop = () => waiting.abort()
    this.#awaited.set(tab, stop)
    const done = () => void (this.#awaited.get(tab) === stop && this.#awaited.delete(tab))
    environment.locks?.request(lockOf(tab), { signal: waiting.signal }, takeOver).then(done, done)
  }

  #ask(tab: string, takeOver: () => void): void {
    if (!this.#channel) return takeOver()
    const timer = new Timer()
    this.#awaited.set(tab, () => timer.clear())
    timer.set(aliveWithinMs, () => {
      this.#awaited.delete(tab)
      takeOver()
    })
    this.#post({ kind: 'ask', tab })
  }

  #listen(): void {
    const { environment, lockOf, id, gone } = this.#options
    this.#channel = environment.channel(lockOf(''))
    if (!this.#channel) return
    this.#channel.onmessage = ({ data }) => {
      const word = data as Word
      if (word.kind === 'gone') gone(word.nonces)
      else if (word.kind === 'alive') this.forget(word.tab)
      else if (word.tab === id) this.#post({ kind: 'alive', tab: id })
    }
  }

  #post(word: Word): void {
    this.#channel?.postMessage(word)
  }
}
