import { describe, expect, test } from 'vitest'
import type { BeepEvent } from '@contract/events.gen'
import { apply } from './apply'
import { compareIds } from './ids'
import { maxLate } from './memory'
import { closePage, extendNewer, extendOlder, openPage, pageOf, putMessage, trim } from './page'
import { findChannel, putServer, start } from './state'
import {
  answer,
  channel,
  channelId,
  created,
  deleted,
  face,
  me,
  message,
  serverId,
  snapshot,
  syncServer,
  updated,
} from './testing'
import { MiniNode } from './testing_node'
import type { State } from './types'

const fresh = start(snapshot(syncServer([channel(channelId)])))
const ids = (state: State, id = channelId) =>
  pageOf(state, id)
    ?.messages.map((one) => one.id)
    .join(' ')
const feed = (state: State, ...events: BeepEvent[]) => events.reduce(apply, state)
const send = (...sent: number[]) => sent.map((id) => created(message(String(id))))
/** The author of all messages has a new name. */
const robert: BeepEvent = {
  type: 'member.updated',
  v: 1,
  id: '1',
  at: '',
  server_id: serverId,
  member: { server_id: serverId, user: face('2', 'Robert'), role_ids: [], joined_at: '', version: 2 },
}
/** A page of messages 20 to 22, with more on both sides. */
const middle = openPage(fresh, channelId, answer(22, 21, 20), { atStart: false, atEnd: false })

describe('a page that does not reach now', () => {
  test('new messages stay out, changes come in', () => {
    const state = feed(
      middle,
      ...send(30),
      updated(message('21', { version: 2, content: 'edited' })),
      deleted(message('20')),
      robert,
    )
    expect(ids(state)).toBe('21 22')
    expect(pageOf(state, channelId)?.messages[0]).toMatchObject({ content: 'edited', author: { display_name: 'Robert' } })
    expect(pageOf(state, channelId)).toMatchObject({ from: '20', upTo: '22', atStart: false, atEnd: false })
  })

  test('it grows on both sides until it reaches the ends', () => {
    let state = extendNewer(middle, channelId, answer(25, 24, 23), false, '22')
    expect(pageOf(state, channelId)).toMatchObject({ upTo: '25', atEnd: false })
    state = extendNewer(state, channelId, answer(26), true, '25')
    state = extendOlder(state, channelId, answer(19, 18), true, '20')
    expect(ids(state)).toBe('18 19 20 21 22 23 24 25 26')
    expect(pageOf(state, channelId)).toMatchObject({ from: '', upTo: '', atStart: true, atEnd: true })
    expect(ids(feed(state, ...send(27, 17)))).toBe('17 18 19 20 21 22 23 24 25 26 27')
  })

  test('an answer to a page that is no longer there leaves no hole', () => {
    const elsewhere = openPage(middle, channelId, answer(12, 11), { atStart: false, atEnd: false })
    expect(extendNewer(elsewhere, channelId, answer(23), true, '22')).toBe(elsewhere)
    expect(extendOlder(elsewhere, channelId, answer(19), true, '20')).toBe(elsewhere)
    expect(extendNewer(fresh, channelId, answer(23), true, '')).toBe(fresh)
    const trimmed = trim(middle, channelId, 'newer', 2)
    expect(extendNewer(trimmed, channelId, answer(23), true, '22')).toBe(trimmed)
  })
})

describe('events that arrive while an answer is on its way', () => {
  test('a message that the short answer does not have yet', () => {
    const state = feed(middle, ...send(23, 24))
    expect(ids(extendNewer(state, channelId, answer(23), true, '22'))).toBe('20 21 22 23 24')
  })

  test('a message while the channel is opened', () => {
    const state = feed(fresh, ...send(30))
    expect(ids(openPage(state, channelId, answer(29), { atStart: false, atEnd: true }))).toBe('29 30')
    expect(ids(openPage(state, channelId, answer(), { atStart: true, atEnd: true }))).toBe('30')
  })

  test('a message while another part is opened', () => {
    const atEnd = openPage(fresh, channelId, answer(29, 28), { atStart: false, atEnd: true })
    const state = feed(atEnd, ...send(30))
    expect(ids(openPage(state, channelId, answer(29, 28, 27), { atStart: false, atEnd: true }))).toBe('27 28 29 30')
  })

  test('an edit and a deletion', () => {
    const edited = message('24', { version: 2, content: 'edited' })
    const state = feed(middle, ...send(23, 24), updated(edited), deleted(message('23')))
    const done = extendNewer(state, channelId, [message('24'), message('23', { reply_to: null })], false, '22')
    expect(ids(done)).toBe('20 21 22 24')
    expect(pageOf(done, channelId)?.messages.at(-1)).toEqual(edited)
  })

  test('an edit of what is shown, while another part that has it is opened', () => {
    const edited = message('22', { version: 2, content: 'edited' })
    const done = openPage(feed(middle, updated(edited)), channelId, answer(24, 23, 22), { atStart: false, atEnd: false })
    expect(pageOf(done, channelId)?.messages[0]).toEqual(edited)
  })

  test('the deletion of what an answer quotes', () => {
    const reply = message('23', { reply_to: { id: '5', author_id: '2', excerpt: 'secret' } })
    const done = extendNewer(feed(middle, deleted(message('5'))), channelId, [reply], true, '22')
    expect(pageOf(done, channelId)?.messages.at(-1)?.reply_to).toEqual({ id: '5', author_id: '2', excerpt: '' })
  })

  test('a deletion while the server is fetched again', () => {
    const refetched = putServer(feed(fresh, deleted(message('30'))), syncServer([channel(channelId)]))
    expect(ids(openPage(refetched, channelId, answer(30, 29), { atStart: true, atEnd: true }))).toBe('29')
  })

  test('a message while the server is fetched again', () => {
    const refetched = putServer(feed(fresh, ...send(30)), syncServer([channel(channelId)]))
    expect(ids(openPage(refetched, channelId, answer(29), { atStart: true, atEnd: true }))).toBe('29 30')
  })

  test('a new name, after the message', () => {
    const done = extendNewer(feed(middle, ...send(23), robert), channelId, [], true, '22')
    expect(pageOf(done, channelId)?.messages.at(-1)?.author.display_name).toBe('Robert')
  })

  test('a deleted message is forgotten, not only hidden', () => {
    const state = feed(middle, ...send(23), deleted(message('23')))
    expect(findChannel(state, channelId)?.channel.late.messages).toEqual([])
  })

  test('more than is remembered: a short answer does not prove the end until it is asked for again', () => {
    const sent = Array.from({ length: maxLate + 1 }, (_, i) => 24 + i)
    const newest = 24 + maxLate
    const once = extendNewer(feed(middle, ...send(...sent)), channelId, answer(23), true, '22')
    expect(pageOf(once, channelId)).toMatchObject({ atEnd: false, upTo: '23' })
    const rest = answer(...sent.toReversed())
    const twice = extendNewer(feed(once, ...send(newest + 1)), channelId, rest, true, '23')
    expect(pageOf(twice, channelId)?.messages.map(({ id }) => Number(id))).toEqual([20, 21, 22, 23, ...sent, newest + 1])
    expect(pageOf(twice, channelId)?.atEnd).toBe(true)
  })

  test('what fell out is gone meanwhile: the second short answer ends the asking', () => {
    const sent = Array.from({ length: maxLate + 1 }, (_, i) => 24 + i)
    const once = extendNewer(feed(middle, ...send(...sent)), channelId, answer(23), true, '22')
    const empty = feed(once, ...sent.map((id) => deleted(message(String(id)))))
    expect(pageOf(extendNewer(empty, channelId, [], true, '23'), channelId)?.atEnd).toBe(true)
  })

  test('what is remembered is bounded, and the answer empties it', () => {
    const state = feed(middle, ...send(...Array.from({ length: 100 }, (_, i) => 23 + i)))
    expect(findChannel(state, channelId)?.channel.late.messages).toHaveLength(maxLate)
    const all = answer(...Array.from({ length: 100 }, (_, i) => 122 - i))
    expect(findChannel(extendNewer(state, channelId, all, true, '22'), channelId)?.channel.late).toEqual({
      messages: [],
      missed: '',
    })
  })
})

describe('trim', () => {
  const whole = openPage(fresh, channelId, answer(14, 13, 12, 11, 10), { atStart: true, atEnd: true })

  test('one side goes, and the page no longer reaches that end', () => {
    const older = trim(whole, channelId, 'older', 3)
    expect(ids(older)).toBe('12 13 14')
    expect(pageOf(older, channelId)).toMatchObject({ from: '12', atStart: false, atEnd: true })
    const newer = trim(whole, channelId, 'newer', 3)
    expect(ids(newer)).toBe('10 11 12')
    expect(pageOf(newer, channelId)).toMatchObject({ upTo: '12', atStart: true, atEnd: false })
    expect(ids(feed(newer, ...send(15)))).toBe('10 11 12')
  })

  test('nothing to drop changes nothing', () => {
    expect(trim(whole, channelId, 'older', 5)).toBe(whole)
    expect(trim(whole, channelId, 'newer', 0)).toBe(whole)
    expect(trim(fresh, channelId, 'newer', 1)).toBe(fresh)
  })
})

test('an own message is there with the answer, and the event changes nothing', () => {
  const state = openPage(fresh, channelId, answer(9), { atStart: true, atEnd: true })
  const own = message('10', { author: face(me), nonce: 'n' })
  const sent = putMessage(state, own)
  expect(ids(sent)).toBe('9 10')
  expect(findChannel(sent, channelId)?.channel).toMatchObject({ last: '10', read: null })
  expect(apply(sent, created(own))).toBe(sent)
  expect(putMessage(apply(state, created(own)), own)).toEqual(sent)
})

test('an own edit that came late does not bring the message back', () => {
  const gone = feed(middle, deleted(message('21')))
  expect(ids(putMessage(gone, message('21', { author: face(me), version: 2 })))).toBe('20 22')
})

test('closing forgets, and unknown channels change nothing', () => {
  expect(pageOf(closePage(middle, channelId), channelId)).toBeNull()
  expect(closePage(fresh, channelId)).toBe(fresh)
  expect(openPage(fresh, '404', answer(1), { atStart: true, atEnd: true })).toBe(fresh)
  expect(putMessage(fresh, message('1', { channel_id: '404' }))).toBe(fresh)
})

/** Loads pages of a channel as a session does, with answers that come earlier or later than the events. */
class Reader {
  state: State
  /** How many events arrived. */
  at: number
  #answers: (() => void)[] = []
  readonly #limit = 4

  constructor(
    readonly node: MiniNode,
    readonly channel: string,
  ) {
    this.state = start(node.snapshot())
    this.at = node.events.length
  }

  step(): void {
    const k = this.node.below(20)
    if (k < 6) this.node.actIn(this.channel)
    else if (k < 12) this.hear(1 + this.node.below(3))
    else if (k < 16) this.answer()
    else if (this.#answers.length === 0) this.#ask(this.node.below(6))
  }

  hear(n: number): void {
    for (const event of this.node.events.slice(this.at, this.at + n)) this.state = apply(this.state, event)
    this.at = Math.min(this.at + n, this.node.events.length)
  }

  answer(): void {
    this.#answers.splice(0).forEach((take) => take())
  }

  /** Hears and loads everything newer. */
  finish(): void {
    this.answer()
    this.hear(Infinity)
    while (this.page && !this.page.atEnd) {
      this.#newer()
      this.answer()
    }
  }

  get page() {
    return pageOf(this.state, this.channel)
  }

  #ask(k: number): void {
    if (!this.page || k === 0) this.#open()
    else if (k === 1) this.state = trim(this.state, this.channel, 'newer', 1 + this.node.below(8))
    else if (k === 2) this.state = trim(this.state, this.channel, 'older', 1 + this.node.below(8))
    else if (k === 3) this.#older()
    else this.#newer()
  }

  #open(): void {
    const all = this.node.messages.get(this.channel) ?? []
    const around = this.node.below(2) === 0 ? all[this.node.below(all.length)]?.id : undefined
    const list = this.node.list(this.channel, around === undefined ? {} : { around }, this.#limit)
    const ends = { atStart: all[0] === list.at(-1), atEnd: around === undefined || all.at(-1) === list[0] }
    this.#answers.push(() => (this.state = openPage(this.state, this.channel, list, ends)))
  }

  #older(): void {
    const before = this.page?.from ?? ''
    if (this.page?.atStart) return
    const list = this.node.list(this.channel, { before }, this.#limit)
    this.#answers.push(() => (this.state = extendOlder(this.state, this.channel, list, list.length < this.#limit, before)))
  }

  #newer(): void {
    const after = this.page?.upTo ?? ''
    if (this.page?.atEnd) return
    const list = this.node.list(this.channel, { after }, this.#limit)
    this.#answers.push(() => (this.state = extendNewer(this.state, this.channel, list, list.length < this.#limit, after)))
  }
}

test.each([
  ['in the order of the ids', false],
  ['with ids out of order', true],
])(
  'no page loses or doubles a message, wherever it is and whatever arrives when, %s',
  (_, unordered) => {
    for (let seed = 0; seed < 200; seed++) {
      const node = new MiniNode(seed, { channels: 1, unordered })
      const id = node.channels[0]?.id ?? ''
      Array.from({ length: node.below(30) }).forEach(() => node.actIn(id))
      const reader = new Reader(node, id)
      for (let i = 0; i < 150; i++) reader.step()

      reader.answer()
      reader.hear(Infinity)
      const { from = '', upTo = '', atStart, atEnd } = reader.page ?? {}
      const within = (one: string) => (atStart || compareIds(one, from) >= 0) && (atEnd || compareIds(one, upTo) <= 0)
      if (reader.page)
        expect(reader.page.messages, `seed ${seed}`).toEqual(node.messages.get(id)?.filter((one) => within(one.id)))

      reader.finish()
      const all = node.messages.get(id)?.filter((one) => atStart || compareIds(one.id, from) >= 0)
      if (reader.page) expect(reader.page.messages, `seed ${seed}, to the end`).toEqual(all)
    }
  },
  30_000,
)
