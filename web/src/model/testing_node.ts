import type { BeepEvent } from '@contract/events.gen'
import type { Channel, ChannelID, Message, MessageID, ReadState, SyncServer } from '@contract/types.gen'
import { unreadCap } from './channel'
import { compareIds, maxId } from './ids'
import type { Snapshot } from './state'
import { channel, created, deleted, face, generator, me, message, serverId, snapshot, syncServer, updated } from './testing'

// Ids begin here, so that they grow from two digits to three and four.
const firstId = 60

/** A server's truth in miniature: it acts at random, tells of it in events, and makes fresh snapshots and pages of history. */
export class MiniNode {
  readonly events: BeepEvent[] = []
  /** Places in `events` of the deletions of messages. */
  readonly deletions: number[] = []
  readonly below: (n: number) => number
  /** Messages by channel, oldest first. */
  readonly messages = new Map<ChannelID, Message[]>()
  readonly #marks = new Map<ChannelID, MessageID>()
  readonly #last = new Map<ChannelID, MessageID>()
  readonly #unordered: boolean
  /** Ids that are older than the newest one and not used yet: a clock of another node is behind. */
  #spare: string[] = []
  #channels: Channel[] = []
  #server: SyncServer['server'] = syncServer([]).server
  #next = firstId

  constructor(seed: number, options: { channels: number; unordered?: boolean }) {
    this.below = generator(seed)
    this.#unordered = options.unordered ?? false
    for (let i = 0; i < options.channels; i++) this.#addChannel()
    this.events.length = 0
  }

  get channels(): readonly Channel[] {
    return this.#channels
  }

  /** Does one thing at random. */
  act(): void {
    const at = this.below(this.#channels.length)
    const place = this.#channels[at]
    if (!place) return this.#addChannel()
    const k = this.below(100)
    if (k >= 84) return this.#actOnServer(k, at, place)
    const list = this.messages.get(place.id) ?? []
    const i = this.below(list.length)
    const one = list[i]
    if (k < 45 || !one) this.send(place.id)
    else if (k < 60) this.#edit(list, i, one)
    else if (k < 72) this.delete(one)
    else this.#read(place.id, one.id)
  }

  /** Does one thing with the messages of a channel. */
  actIn(id: ChannelID): void {
    const list = this.messages.get(id) ?? []
    const i = this.below(list.length)
    const one = list[i]
    const k = this.below(100)
    if (k < 60 || !one) this.send(id)
    else if (k < 80) this.#edit(list, i, one)
    else this.delete(one)
  }

  send(id: ChannelID): void {
    const users = this.below(3) === 0 ? [me] : []
    const sent = message(this.#messageId(), {
      channel_id: id,
      author: face(String(1 + this.below(3))),
      mentions: { users, roles: [], channels: [], everyone: false },
    })
    const list = this.messages.get(id) ?? []
    list.push(sent)
    list.sort((a, b) => compareIds(a.id, b.id))
    this.#last.set(id, maxId(this.#last.get(id) ?? '', sent.id))
    this.events.push(created(sent))
  }

  delete(one: Message): void {
    const list = this.messages.get(one.channel_id) ?? []
    list.splice(list.indexOf(one), 1)
    this.deletions.push(this.events.length)
    this.events.push(deleted(one))
  }

  snapshot(): Snapshot {
    const last = this.#channels.flatMap(({ id }) => (this.#last.has(id) ? [[id, this.#last.get(id)]] : []))
    return snapshot(
      syncServer([...this.#channels], {
        server: this.#server,
        last_message_ids: Object.fromEntries(last),
        read_states: this.#channels.map(({ id }) => this.#count(id)),
      }),
    )
  }

  /** Answers GET …/messages, newest first. */
  list(id: ChannelID, at: { before?: MessageID; after?: MessageID; around?: MessageID }, limit: number): Message[] {
    const all = this.messages.get(id) ?? []
    const from = (bound: MessageID) => all.filter((one) => compareIds(one.id, bound) >= 0)
    const below = (bound: MessageID) => all.filter((one) => compareIds(one.id, bound) < 0)
    if (at.after !== undefined)
      return from(at.after)
        .filter(({ id }) => id !== at.after)
        .slice(0, limit)
        .reverse()
    if (at.around === undefined) return (at.before === undefined ? [...all] : below(at.before)).slice(-limit).reverse()
    const newer = from(at.around).slice(0, Math.floor(limit / 2) + 1)
    return [...below(at.around).slice(newer.length - limit), ...newer].reverse()
  }

  #actOnServer(k: number, at: number, place: Channel): void {
    if (k < 88) this.#addChannel()
    else if (k < 93) this.#move(at, place)
    else if (k < 95) this.#deleteChannel(at, place.id)
    else {
      this.#server = { ...this.#server, version: this.#server.version + 1 }
      this.events.push({ ...this.#envelope(), type: 'server.updated', server: this.#server })
    }
  }

  #addChannel(): void {
    const made = channel(this.#id(), { position: this.below(5) })
    this.#channels.push(made)
    this.messages.set(made.id, [])
    this.events.push({ ...this.#envelope(made.id), type: 'channel.created', channel: made })
  }

  #move(at: number, place: Channel): void {
    const version = place.version + 1
    const moved = { ...place, version, topic: 'topic ' + version, position: this.below(5) }
    this.#channels[at] = moved
    this.events.push({ ...this.#envelope(place.id), type: 'channel.updated', channel: moved })
  }

  #deleteChannel(at: number, id: ChannelID): void {
    this.#channels.splice(at, 1)
    for (const kept of [this.messages, this.#last, this.#marks]) kept.delete(id)
    this.events.push({ ...this.#envelope(id), type: 'channel.deleted' })
  }

  #edit(list: Message[], i: number, one: Message): void {
    const version = one.version + 1
    const edited = { ...one, version, content: 'edited ' + version }
    list[i] = edited
    this.events.push(updated(edited))
  }

  #read(id: ChannelID, mark: MessageID): void {
    if (compareIds(mark, this.#marks.get(id) ?? '') <= 0) return
    this.#marks.set(id, mark)
    this.events.push({ ...this.#envelope(id), type: 'read_state.updated', read_state: this.#count(id) })
  }

  /** Counts a channel from its messages, as the node's snapshots do. */
  #count(id: ChannelID): ReadState {
    const mark = this.#marks.get(id) ?? '0'
    const unread = (this.messages.get(id) ?? []).filter((one) => compareIds(one.id, mark) > 0 && one.author.id !== me)
    const capped = (n: number) => Math.min(n, unreadCap)
    return {
      channel_id: id,
      last_read_id: mark,
      unread_count: capped(unread.length),
      mention_count: capped(unread.filter(({ mentions }) => mentions.users.length > 0).length),
      version: Number(mark),
    }
  }

  #id = (): string => String(this.#next++)

  #messageId(): string {
    if (!this.#unordered) return this.#id()
    if (this.#spare.length > 0 && this.below(3) === 0)
      return this.#spare.splice(this.below(this.#spare.length), 1)[0] ?? this.#id()
    if (this.below(4) === 0) this.#spare.push(this.#id())
    this.#spare = this.#spare.slice(-3)
    return this.#id()
  }

  #envelope = (id?: ChannelID) => ({
    v: 1 as const,
    id: '1',
    server_id: serverId,
    channel_id: id,
    at: '2026-03-02T12:00:00.000Z',
  })
}
