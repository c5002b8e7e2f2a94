import type { BeepEvent } from '@contract/events.gen'

/** An event of the log and where it leads. */
export interface Logged {
  readonly cursor: string
  readonly event: BeepEvent
}

/** Orders two places of one log: below 0, 0, above 0; undefined when they are of different logs or none. Positions exceed doubles. */
export function compareCursors(a: string, b: string): number | undefined {
  const [epochA, positionA = ''] = a.split('.')
  const [epochB, positionB = ''] = b.split('.')
  if (epochA !== epochB || !positionA || !positionB) return undefined
  if (positionA.length !== positionB.length) return positionA.length - positionB.length
  return positionA < positionB ? -1 : positionA > positionB ? 1 : 0
}

/** The newest events that this tab has seen, without holes between `from` and `at`. */
export class Ring {
  readonly #max: number
  #entries: Logged[] = []
  #from: string
  #at: string

  constructor(cursor: string, max = 2_000) {
    this.#from = this.#at = cursor
    this.#max = max
  }

  /** Where the newest event leads. */
  get at(): string {
    return this.#at
  }

  /** Starts anew from a snapshot. */
  reset(cursor: string): void {
    this.#entries = []
    this.#from = this.#at = cursor
  }

  push(logged: Logged): void {
    this.#entries.push(logged)
    this.#at = logged.cursor
    // Dropped in slices: shifting thousands of entries on every event would be slow.
    if (this.#entries.length < this.#max + this.#max / 4) return
    const dropped = this.#entries.splice(0, this.#entries.length - this.#max)
    this.#from = dropped.at(-1)?.cursor ?? this.#from
  }

  /** Nothing for this person happened up to a cursor. */
  move(cursor: string): void {
    this.#at = cursor
  }

  /** What came after a cursor, or undefined where the ring does not reach back so far. */
  since(cursor: string): readonly Logged[] | undefined {
    const reach = compareCursors(this.#from, cursor)
    if (reach === undefined || reach > 0) return undefined
    return this.#entries.filter((entry) => (compareCursors(entry.cursor, cursor) ?? 1) > 0)
  }
}
