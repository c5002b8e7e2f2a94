import { Timer } from './environment'
import type { Connection } from './port'

/** What was missed comes within this time after the line is back. */
export const catchUpMs = 700

/** Counts the messages that came while away, to tell them once. */
export class CaughtUp {
  readonly #tell: (messages: number) => void
  readonly #timer = new Timer()
  #away = false
  #messages = 0

  constructor(tell: (messages: number) => void) {
    this.#tell = tell
  }

  look(phase: Connection['phase']): void {
    this.#timer.clear()
    if (phase === 'waiting' || phase === 'offline') this.#away = true
    if (phase !== 'live' || !this.#away) return
    this.#away = false
    this.#messages = 0
    this.#timer.set(catchUpMs, () => {
      if (this.#messages > 0) this.#tell(this.#messages)
    })
  }

  /** A message of another person came. */
  count(): void {
    this.#messages++
  }

  close(): void {
    this.#timer.clear()
  }
}
