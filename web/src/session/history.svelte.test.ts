import { Problem } from '@/api/problem'
import { apply } from '@/model/apply'
import { pageOf } from '@/model/page'
import { start } from '@/model/state'
import { errors } from '@contract/errors.gen'
import type { Message } from '@contract/types.gen'
import { flushSync, untrack } from 'svelte'
import { describe, expect, test } from 'vitest'
import { History, keptMessages } from './history'
import { Holder } from './holder'
import { created, fakeRest, later, message, settle, sync, syncServer } from './testing'

interface Query {
  before?: string
  after?: string
  around?: string
  limit: number
}

/** A channel of `n` messages, ids 1001 and up, and a node that pages through them. */
function make(n: number, read: { last_read_id: string; unread_count: number } | undefined = undefined, others: string[] = []) {
  const all = Array.from({ length: n }, (_, i) => message(String(1001 + i)))
  const problem: { now: Problem | undefined; wait: Promise<void> | undefined } = { now: undefined, wait: undefined }
  const answer = ({ before, after, around, limit }: Query): Message[] => {
    const id = (one: Message) => Number(one.id)
    if (before)
      return all
        .filter((one) => id(one) < Number(before))
        .slice(-limit)
        .reverse()
    if (after)
      return all
        .filter((one) => id(one) > Number(after))
        .slice(0, limit)
        .reverse()
    if (!around) return all.slice(-limit).reverse()
    const newer = all.filter((one) => id(one) >= Number(around)).slice(0, limit / 2 + 1)
    return [...all.filter((one) => id(one) < Number(around)).slice(newer.length - limit), ...newer].reverse()
  }
  const rest = fakeRest({
    listMessages: async ({ query }) => {
      if (problem.now) throw problem.now
      const messages = answer(query)
      await problem.wait
      return messages
    },
  })
  const read_states = [{ channel_id: '20', last_read_id: '0', unread_count: 0, mention_count: 0, version: 0, ...read }]
  const server = syncServer('10', ['20', ...others], { read_states, last_message_ids: n > 0 ? { '20': String(1000 + n) } : {} })
  const holder = new Holder(start(sync('e.1', [server])))
  const history = new History({ rest, holder, met: () => {} })
  const page = () => pageOf(holder.state, '20')
  const span = () => [page()?.messages[0]?.id, page()?.messages.at(-1)?.id, page()?.atStart, page()?.atEnd]
  return { all, problem, rest, server, holder, history, page, span }
}

describe('opening', () => {
  test('at the newest page, once', async () => {
    const { history, rest, span } = make(120)
    await Promise.all([history.open('20'), history.open('20')])
    await history.open('20')
    expect(rest.calls.length).toBe(1)
    expect(span()).toEqual(['1071', '1120', false, true])
  })

  test('a short channel is there whole', async () => {
    const { history, span } = make(3)
    await history.open('20')
    expect(span()).toEqual(['1001', '1003', true, true])
  })

  test('where the reader left it when much is unread', async () => {
    const { history, span } = make(300, { last_read_id: '1100', unread_count: 100 })
    await history.open('20')
    expect(span()).toEqual(['1076', '1125', false, false])
  })

  test.each([
    [50, ['1226', '1275', false, false]],
    [49, ['1251', '1300', false, true]],
  ])('%i unread: the newest page shows where the reader left it, or the page around that does', async (unread_count, want) => {
    const { history, span } = make(300, { last_read_id: String(1300 - unread_count), unread_count })
    await history.open('20')
    expect(span()).toEqual(want)
  })

  test('who hears that a load is over may ask for the next one at once', async () => {
    const { history, page, span } = make(200)
    await history.open('20')
    const stop = $effect.root(() => {
      const wants = $derived(page()?.atStart === false && history.of('20').older === 'idle')
      $effect(() => {
        if (wants) untrack(() => void history.older('20'))
      })
    })
    for (let i = 0; i < 20; i++) {
      flushSync()
      await settle()
    }
    stop()
    expect(span()).toEqual(['1001', '1200', true, true])
  })

  test('a failure is told, and the next try clears it', async () => {
    const { history, problem, span } = make(3)
    problem.now = new Problem('unreachable', 0)
    await history.open('20')
    expect(history.of('20').first).toEqual({ failed: 'Beep cannot be reached. Check your connection, then try again.' })
    problem.now = undefined
    const opening = history.open('20')
    expect(history.of('20').first).toBe('loading')
    await opening
    expect(history.of('20').first).toBe('idle')
    expect(span()[0]).toBe('1001')
  })

  test('what comes while it loads is there', async () => {
    const { history, holder, problem, page } = make(3)
    const wait = later<void>()
    problem.wait = wait.promise
    const opening = history.open('20')
    await settle()
    holder.change((state) => apply(state, created(message('1004'))))
    wait.resolve()
    await opening
    expect(page()?.messages.map(({ id }) => id)).toEqual(['1001', '1002', '1003', '1004'])
  })

  test('an answer that is older than a snapshot is asked for again', async () => {
    const { all, history, problem, page, server, holder } = make(3)
    const wait = later<void>()
    problem.wait = wait.promise
    const opening = history.open('20')
    await settle()
    all.push(message('1004'))
    history.replaced()
    holder.change(() => start(sync('e.9', [server])))
    wait.resolve()
    await opening
    expect(page()?.messages.at(-1)?.id).toBe('1004')
  })
})

describe('moving', () => {
  test('older and newer, without holes, and never more than is kept', async () => {
    const { history, page, span, rest } = make(2_000)
    await history.open('20')
    for (let i = 0; i < 20; i++) await Promise.all([history.older('20'), history.older('20')])
    expect(rest.calls.length).toBe(21)
    expect(page()?.messages.length).toBe(keptMessages)
    expect(span()).toEqual(['1951', '2550', false, false])
    for (let i = 0; i < 20; i++) await history.newer('20')
    expect(span()).toEqual(['2401', '3000', false, true])
    const ids = page()?.messages.map(({ id }) => Number(id)) ?? []
    expect(ids.every((id, at) => at === 0 || id === (ids[at - 1] ?? 0) + 1)).toBe(true)
  })

  test('to a message, which may not be there', async () => {
    const { history, span } = make(300)
    await history.open('20')
    expect(await history.around('20', '999')).toBe(false)
    expect(span()).toEqual(['1251', '1300', false, true])
    expect(await history.around('20', '1100')).toBe(true)
    expect(span()).toEqual(['1076', '1125', false, false])
    await history.latest('20')
    expect(span()).toEqual(['1251', '1300', false, true])
  })

  test('to a message in sight costs nothing', async () => {
    const { history, rest } = make(300)
    await history.open('20')
    expect(await history.around('20', '1280')).toBe(true)
    await history.latest('20')
    expect(rest.calls.length).toBe(1)
  })

  test('the channels seen least recently are forgotten', async () => {
    const others = Array.from({ length: 10 }, (_, i) => String(30 + i))
    const { history, page } = make(3, undefined, others)
    await history.open('20')
    for (const other of others.slice(0, -1)) await history.open(other)
    expect(page()).not.toBeNull()
    await history.open('39')
    expect(page()).toBeNull()
  })
})

test('the wish that came last wins, whichever answer is first', async () => {
  const { history, problem, span, page, holder } = make(300)
  const [opening, jumping] = [later<void>(), later<void>()]
  problem.wait = opening.promise
  const opened = history.open('20')
  await settle()
  problem.wait = jumping.promise
  const jumped = history.around('20', '1100')
  await settle()
  problem.wait = undefined
  holder.change((state) => apply(state, created(message('1301'))))
  await history.latest('20')
  jumping.resolve()
  opening.resolve()
  await Promise.all([opened, jumped])
  expect(await jumped).toBe(true)
  expect(span()).toEqual(['1251', '1301', false, true])
  expect(page()?.messages.length).toBe(51)
})

test('the answer for a page that was closed meanwhile is dropped; opened again, it is asked for again', async () => {
  for (const load of ['around', 'latest'] as const) {
    const { history, problem, page, rest, span } = make(300)
    const wait = later<void>()
    problem.wait = wait.promise
    const loading = load === 'around' ? history.around('20', '1100') : history.latest('20')
    await settle()
    history.close('20')
    wait.resolve()
    await loading
    expect(page(), load).toBeNull()
    expect(history.of('20').first).toBe('idle')

    problem.wait = later<void>().promise
    void history.open('20')
    await settle()
    history.close('20')
    problem.wait = undefined
    await history.open('20')
    expect(rest.calls.length).toBe(3)
    expect(span()).toEqual(['1251', '1300', false, true])
  }
})

describe('after a snapshot', () => {
  const refetch = async ({ history, holder, server }: ReturnType<typeof make>) => {
    const restore = await history.refetch(new AbortController().signal)
    holder.change(() => restore(start(sync('e.9', [server]))))
  }

  test('the page spans what it spanned, and what came since', async () => {
    const made = make(300)
    const { all, history, span, page } = made
    await history.open('20')
    await history.older('20')
    all.push(...Array.from({ length: 60 }, (_, i) => message(String(1301 + i))))
    all.splice(250, 1)
    await refetch(made)
    expect(span().slice(1)).toEqual(['1360', false, true])
    expect(Number(span()[0])).toBeLessThanOrEqual(1201)
    expect(page()?.messages.some(({ id }) => id === '1251')).toBe(false)
  })

  test('too much came: the reader stays, the newer side is loaded as one goes on', async () => {
    const made = make(300)
    await made.history.open('20')
    made.all.push(...Array.from({ length: 400 }, (_, i) => message(String(1301 + i))))
    await refetch(made)
    expect(made.span()).toEqual(['1201', '1400', false, false])
  })

  test('a page in the middle of history stays there', async () => {
    const made = make(300)
    await made.history.around('20', '1100')
    await refetch(made)
    expect(made.span()).toEqual(['1026', '1125', false, false])
  })

  test('a channel that is closed to this person is left closed, another failure is thrown', async () => {
    const made = make(3)
    await made.history.open('20')
    made.problem.now = new Problem('unreachable', 0)
    await expect(refetch(made)).rejects.toThrow('unreachable')
    made.problem.now = new Problem('not_found', 404)
    await refetch(made)
    expect(made.page()).toBeNull()
    expect(made.history.of('20').first).toEqual({ failed: errors.not_found.en })
    made.problem.now = undefined
    await made.history.open('20')
    expect(made.history.of('20').first).toBe('idle')
    expect(made.page()).not.toBeNull()
  })

  test('a page that is closed to this person goes, also where the state stays', async () => {
    const { history, holder, problem, page } = make(3)
    await history.open('20')
    problem.now = new Problem('forbidden', 403)
    holder.change(await history.refetch(new AbortController().signal))
    expect(page()).toBeNull()
  })

  test('a page that was left meanwhile stays closed', async () => {
    const made = make(3)
    await made.history.open('20')
    const wait = later<void>()
    made.problem.wait = wait.promise
    const refetched = refetch(made)
    made.history.close('20')
    wait.resolve()
    await refetched
    expect(made.page()).toBeNull()
  })
})
