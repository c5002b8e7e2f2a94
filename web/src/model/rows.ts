import type { Message, MessageID, UserID } from '@contract/types.gen'
import { compareIds } from './ids'
import type { Pending } from './types'

/** A row of the log. Keys are unique in a list, and stay while what they stand for is the same. */
export type Row = DayRow | UnreadRow | MessageRow | SystemRow | PendingRow

/** What follows was sent on another day. */
export interface DayRow {
  readonly kind: 'day'
  readonly key: string
  /** Midnight here. */
  readonly date: Date
}

/** What follows is new to the person. */
export interface UnreadRow {
  readonly kind: 'unread'
  readonly key: string
  /** When the first new message was sent. */
  readonly since: Date
}

/** A message that someone wrote. */
export interface MessageRow {
  readonly kind: 'message'
  readonly key: string
  readonly message: Message
  /** It starts a group, and so shows face, name and time. */
  readonly first: boolean
  readonly mine: boolean
  /** It names the person, or everyone. */
  readonly forMe: boolean
}

/** A message that the node wrote: someone joined, something was pinned. */
export interface SystemRow {
  readonly kind: 'system'
  readonly key: string
  readonly message: Message
}

/** A message of the person's own that is on its way. */
export interface PendingRow {
  readonly kind: 'pending'
  readonly key: string
  readonly pending: Pending
  readonly first: boolean
}

/** For whom the rows are. */
export interface RowOptions {
  /** The last message that was read; "" for no unread line. */
  readonly unreadAfter: MessageID | ''
  readonly me: UserID
}

/** Messages of one author stand in one group while no pause is longer. */
export const groupWithinMs = 7 * 60_000

/** buildRows makes the rows of a log: messages oldest first, then what is on its way. */
export function buildRows(messages: readonly Message[], pending: readonly Pending[], options: RowOptions): Row[] {
  const builder = new Builder(options)
  for (const message of messages) builder.addMessage(message)
  for (const one of pending) builder.addPending(one)
  return builder.rows
}

/** Rows makes the rows of one log again and again; what did not change stays the same object, up to the whole list. */
export class Rows {
  #rows: readonly Row[] = []

  update(messages: readonly Message[], pending: readonly Pending[], options: RowOptions): readonly Row[] {
    const before = new Map(this.#rows.map((row) => [row.key, row]))
    const next = buildRows(messages, pending, options).map((row) => {
      const known = before.get(row.key)
      return known && isSame(known, row) ? known : row
    })
    const same = next.length === this.#rows.length && next.every((row, i) => row === this.#rows[i])
    if (!same) this.#rows = next
    return this.#rows
  }
}

function isSame(a: Row, b: Row): boolean {
  const other = b as unknown as Record<string, unknown>
  return Object.entries(a).every(([name, value]) => {
    const there = other[name]
    return value === there || (value instanceof Date && there instanceof Date && value.getTime() === there.getTime())
  })
}

class Builder {
  readonly rows: Row[] = []
  readonly #options: RowOptions
  readonly #nonces = new Set<string>()
  #day = -Infinity
  #unreadShown = false
  /** Whose group the next message may stand in, and until when. */
  #group: { author: UserID; until: number } | null = null

  constructor(options: RowOptions) {
    this.#options = options
  }

  addMessage(message: Message): void {
    const { me } = this.#options
    const at = Date.parse(message.created_at)
    this.#addDay(at)
    this.#addUnread(message, at)
    const key = this.#keyOf(message)
    if (message.type !== 'message') {
      this.#group = null
      this.rows.push({ kind: 'system', key, message })
      return
    }
    const mine = message.author.id === me
    const forMe = message.mentions.everyone || message.mentions.users.includes(me)
    this.rows.push({
      kind: 'message',
      key,
      message,
      first: this.#startsGroup(message.author.id, at, message.reply_to),
      mine,
      forMe,
    })
  }

  addPending(pending: Pending): void {
    if (this.#nonces.has(pending.nonce)) return
    this.#nonces.add(pending.nonce)
    this.#addDay(pending.at)
    const first = this.#startsGroup(this.#options.me, pending.at, pending.replyTo)
    this.rows.push({ kind: 'pending', key: keyOfNonce(pending.nonce), pending, first })
  }

  /** One's own message takes the row of its pending one. Nonces are the clients' own, and some may use one twice. */
  #keyOf(message: Message): string {
    const { nonce, author } = message
    if (!nonce || author.id !== this.#options.me || this.#nonces.has(nonce)) return message.id
    this.#nonces.add(nonce)
    return keyOfNonce(nonce)
  }

  /** Days only go on: clocks that differ must not make one twice. */
  #addDay(at: number): void {
    const date = new Date(at)
    date.setHours(0, 0, 0, 0)
    const day = date.getTime()
    if (!(day > this.#day)) return
    this.#day = day
    this.#group = null
    this.rows.push({ kind: 'day', key: `day:${day}`, date })
  }

  #addUnread(message: Message, at: number): void {
    const { unreadAfter, me } = this.#options
    if (this.#unreadShown || unreadAfter === '' || message.author.id === me || compareIds(message.id, unreadAfter) <= 0) return
    this.#unreadShown = true
    this.#group = null
    this.rows.push({ kind: 'unread', key: 'unread', since: new Date(at) })
  }

  #startsGroup(author: UserID, at: number, reply: object | null): boolean {
    const goesOn = this.#group?.author === author && at <= this.#group.until && !reply
    this.#group = { author, until: at + groupWithinMs }
    return !goesOn
  }
}

const keyOfNonce = (nonce: string) => 'nonce:' + nonce
