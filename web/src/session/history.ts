import type { Rest } from '@/api/rest'
import { closePage, extendNewer, extendOlder, openPage, pageOf, trim } from '@/model/page'
import { compareIds } from '@/model/ids'
import { findChannel } from '@/model/state'
import type { Page, State } from '@/model/types'
import { explain } from '@/text/problems/explain'
import type { ChannelID, Message, MessageID, ServerID } from '@contract/types.gen'
import { Cell } from './cell.svelte'
import type { Holder } from './holder'
import { problemOf } from './line'
import type { History as Port, Load } from './port'

/** Messages a page of history. */
export const pageSize = 50
/** So many unread open the channel where the reader left it: the newest page does not reach back to there. */
export const muchUnread = 50
/** Messages kept of a channel that one scrolls through. */
export const keptMessages = 600
/** Messages kept of a channel that only grows. */
export const keptLive = 1_200
/** Channels whose messages are kept. */
export const keptChannels = 10
const largestPage = 100

type Query = { before?: MessageID; after?: MessageID; around?: MessageID; limit?: number }

/** What is being loaded of a channel; a channel that was closed begins with a new one. */
class Loads {
  readonly underWay = new Map<string, Promise<boolean>>()
  /** What is to take the place of the page; the one that came last wins. */
  wish = {}
  readonly cells = { first: new Cell<Load>('idle'), older: new Cell<Load>('idle'), newer: new Cell<Load>('idle') }

  get first(): Load {
    return this.cells.first.value
  }

  get older(): Load {
    return this.cells.older.value
  }

  get newer(): Load {
    return this.cells.newer.value
  }
}

type What = keyof Loads['cells']

export interface HistoryOptions {
  rest: Rest
  holder: Holder
  /** Messages that were loaded. */
  met: (messages: readonly Message[]) => void
}

/** Moves the loaded part of each channel's history. */
export class History implements Port {
  readonly #options: HistoryOptions
  readonly #loads = new Map<ChannelID, Loads>()
  readonly #closed = new AbortController()
  /** The channel seen last is the last one. */
  #seen: ChannelID[] = []
  #snapshots = 0

  constructor(options: HistoryOptions) {
    this.#options = options
  }

  of(channel: ChannelID): Loads {
    let loads = this.#loads.get(channel)
    if (!loads) this.#loads.set(channel, (loads = new Loads()))
    return loads
  }

  async open(channel: ChannelID): Promise<void> {
    this.#see(channel)
    const known = findChannel(this.#state, channel)?.channel
    if (!known || known.info.type !== 'text' || known.page) return
    const running = [...this.of(channel).underWay].find(([key]) => key.startsWith('first '))?.[1]
    if (running) return void (await running)
    const { unread_count = 0, last_read_id = '0' } = known.read ?? {}
    const left = unread_count >= muchUnread && last_read_id !== '0' ? last_read_id : undefined
    await this.#once(channel, 'first', () => (left ? this.#around(channel, left) : this.#newest(channel)))
  }

  async older(channel: ChannelID): Promise<void> {
    const page = pageOf(this.#state, channel)
    if (!page || page.atStart) return
    await this.#once(channel, 'older', async () => {
      const before = page.from
      const messages = await this.#fetch(channel, { before })
      this.#change((state) => extendOlder(state, channel, messages, messages.length < pageSize, before))
      this.#change((state) => trim(state, channel, 'newer', keptMessages))
      return true
    })
  }

  async newer(channel: ChannelID): Promise<void> {
    const page = pageOf(this.#state, channel)
    if (!page || page.atEnd) return
    await this.#once(channel, 'newer', async () => {
      const after = page.upTo
      const messages = await this.#fetch(channel, { after })
      this.#change((state) => extendNewer(state, channel, messages, messages.length < pageSize, after))
      this.#change((state) => trim(state, channel, 'older', keptMessages))
      return true
    })
  }

  async around(channel: ChannelID, message: MessageID): Promise<boolean> {
    this.#see(channel)
    if (pageOf(this.#state, channel)?.messages.some(({ id }) => id === message)) return true
    return this.#once(channel, 'first', () => this.#around(channel, message, true), message)
  }

  async latest(channel: ChannelID): Promise<void> {
    this.#see(channel)
    if (pageOf(this.#state, channel)?.atEnd) return
    await this.#once(channel, 'first', () => this.#newest(channel), 'latest')
  }

  close(channel: ChannelID): void {
    this.#seen = this.#seen.filter((seen) => seen !== channel)
    this.#loads.delete(channel)
    this.#change((state) => closePage(state, channel))
  }

  /** A channel that only grows is cut at its far side now and then. */
  grown(channel: ChannelID): void {
    const page = pageOf(this.#state, channel)
    if (page && page.messages.length > keptLive) this.#change((state) => trim(state, channel, 'older', keptMessages))
  }

  /**
   * Fetches what the page shows that was seen last, to put it in place again after a snapshot: the reader's page does not jump. The
   * other pages are opened again when they are seen. One that this person may not read any more is closed, and that told in `of`;
   * any other failure is thrown. Pages outside of `servers` are left alone.
   */
  async refetch(signal: AbortSignal, servers?: ReadonlySet<ServerID>): Promise<(state: State) => State> {
    const channel = this.#seen.at(-1) ?? ''
    const found = findChannel(this.#state, channel)
    const page = found?.channel.page
    if (!page || (servers && !servers.has(found.server.info.id))) return (state) => state
    const loads = this.of(channel)
    try {
      const { messages, atStart, atEnd } = await this.#range(channel, page, signal)
      const isOpen = () => this.#loads.get(channel) === loads
      return (state) => (isOpen() ? openPage(state, channel, messages, { atStart, atEnd }) : state)
    } catch (error) {
      const { status } = problemOf(error)
      if (signal.aborted || (status !== 403 && status !== 404)) throw error
      loads.cells.first.value = { failed: explain(error) }
      return (state) => closePage(state, channel)
    }
  }

  /** A snapshot takes the place of the state: what is under way is asked for again. */
  replaced(): void {
    this.#snapshots++
  }

  /** Ends what is under way. */
  end(): void {
    this.#closed.abort()
  }

  get #state(): State {
    return this.#options.holder.peek()
  }

  #change(how: (state: State) => State): void {
    this.#options.holder.change(how)
  }

  #see(channel: ChannelID): void {
    this.#seen = [...this.#seen.filter((seen) => seen !== channel), channel]
    const [oldest] = this.#seen
    if (this.#seen.length > keptChannels && oldest !== undefined) this.close(oldest)
  }

  /** Parallel calls for the same are one; failures are told in `of`. */
  #once(channel: ChannelID, what: What, load: () => Promise<boolean>, name = ''): Promise<boolean> {
    const { underWay } = this.of(channel)
    const key = `${what} ${name}`
    const known = underWay.get(key)
    if (known) return known
    // Over before it is told: who hears "idle" may ask for the next one at once.
    const loading = this.#told(channel, what, () => load().finally(() => underWay.delete(key)))
    underWay.set(key, loading)
    return loading
  }

  async #told(channel: ChannelID, what: What, load: () => Promise<boolean>): Promise<boolean> {
    const cell = this.of(channel).cells[what]
    cell.value = 'loading'
    try {
      const done = await load()
      cell.value = 'idle'
      return done
    } catch (error) {
      if (!this.#closed.signal.aborted) cell.value = { failed: explain(error) }
      return false
    }
  }

  /**
   * The wish that came last wins: an older one's answer must not take the place of a newer one's, which may have more, nor bring back
   * a page that was closed.
   */
  async #replacing(channel: ChannelID, query: Query): Promise<Message[] | undefined> {
    const wish = (this.of(channel).wish = {})
    const messages = await this.#fetch(channel, query)
    return this.#loads.get(channel)?.wish === wish ? messages : undefined
  }

  async #newest(channel: ChannelID): Promise<boolean> {
    const messages = await this.#replacing(channel, {})
    if (!messages) return true
    this.#change((state) => openPage(state, channel, messages, { atStart: messages.length < pageSize, atEnd: true }))
    return true
  }

  async #around(channel: ChannelID, around: MessageID, needed = false): Promise<boolean> {
    const messages = await this.#replacing(channel, { around })
    if (!messages) return true
    if (needed && !messages.some(({ id }) => id === around)) return false
    // Which side was short is not told: the newest message tells one, the next question the other.
    const last = findChannel(this.#state, channel)?.channel.last ?? ''
    const atEnd = compareIds(messages[0]?.id ?? '', last) >= 0
    this.#change((state) => openPage(state, channel, messages, { atStart: false, atEnd }))
    return true
  }

  async #fetch(channel: ChannelID, query: Query, signal = this.#closed.signal): Promise<Message[]> {
    const snapshots = this.#snapshots
    const messages = await this.#options.rest('listMessages', {
      params: { channel_id: channel },
      query: { limit: pageSize, ...query },
      signal,
    })
    signal.throwIfAborted()
    this.#options.met(messages)
    // Made before the snapshot that came meanwhile, the answer may miss what no event will tell any more.
    return snapshots === this.#snapshots ? messages : this.#fetch(channel, query, signal)
  }

  /** What a page spans, as it is now, and what came after it. */
  async #range(
    channel: ChannelID,
    page: Page,
    signal: AbortSignal,
  ): Promise<{ messages: Message[]; atStart: boolean; atEnd: boolean }> {
    const limit = largestPage
    const first = page.messages[0]?.id
    const last = page.messages.at(-1)?.id
    if (first === undefined || last === undefined) {
      const messages = await this.#fetch(channel, { limit }, signal)
      return { messages, atStart: messages.length < limit, atEnd: true }
    }
    const newer = page.atEnd ? await this.#fetch(channel, { after: last, limit }, signal) : []
    const messages = [...newer]
    let before = String(BigInt(last) + 1n)
    let full = true
    while (full && compareIds(before, first) > 0 && messages.length < keptMessages + limit) {
      const older = await this.#fetch(channel, { before, limit }, signal)
      messages.push(...older)
      before = older.at(-1)?.id ?? before
      full = older.length === limit
    }
    return { messages, atStart: !full, atEnd: page.atEnd && newer.length < limit }
  }
}
