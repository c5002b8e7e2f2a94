/** A message that came while the person was there. */
export interface News {
  readonly name: string
  readonly text: string
}

/** At most one announcement in this time. */
export const announceEveryMs = 1_000
/** The longest text that is read out, in characters. */
const longest = 200

/**
 * Tells a screen reader of new messages without chatter: the first at once, what comes within a second of it together. One message
 * is read out; of several only the number is told.
 */
export class Announcer {
  #waiting: News[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly say: (news: News | number) => void) {}

  add(news: News): void {
    this.#waiting.push({ ...news, text: news.text.slice(0, longest) })
    if (this.#timer === undefined) this.#flush()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting = []
  }

  #flush(): void {
    const [only, ...more] = this.#waiting
    this.#timer = only ? setTimeout(() => this.#flush(), announceEveryMs) : undefined
    if (!only) return
    this.#waiting = []
    this.say(more.length > 0 ? more.length + 1 : only)
  }
}
