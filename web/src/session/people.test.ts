import { Problem } from '@/api/problem'
import type { Member } from '@contract/types.gen'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { gatherMs, People } from './people'
import { created, event, FakeBrowser, fakeRest, later, member, message, person, settle } from './testing'

let people: People | undefined

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))

afterEach(() => {
  people?.close()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

function make(answers: Parameters<typeof fakeRest>[0]) {
  const rest = fakeRest(answers)
  const made = (people = new People(new FakeBrowser().tab(), rest))
  return { rest, people: made }
}

test('who is missed is asked for once, a few at a time', async () => {
  const waiting: ReturnType<typeof later<void>>[] = []
  const { rest, people } = make({
    getUser: async ({ params }) => {
      const turn = later<void>()
      waiting.push(turn)
      await turn.promise
      return person((params as { user_id: string }).user_id)
    },
  })
  for (let i = 0; i < 2; i++) for (let id = 2; id < 12; id++) expect(people.get(String(id))).toBeUndefined()
  await vi.advanceTimersByTimeAsync(gatherMs)
  expect(rest.calls.length).toBe(4)
  while (waiting.length > 0) {
    waiting.shift()?.resolve()
    await settle()
  }
  expect(rest.calls.length).toBe(10)
  expect(people.get('11')?.display_name).toBe('user11')
})

test('who is not there is not asked for again, who could not be asked for is', async () => {
  let answer = (): unknown => {
    throw new Problem('unreachable', 0)
  }
  const { rest, people } = make({ getUser: () => answer() })
  people.get('2')
  await vi.advanceTimersByTimeAsync(gatherMs)
  answer = () => {
    throw new Problem('not_found', 404)
  }
  await vi.advanceTimersByTimeAsync(40_000)
  people.get('2')
  await vi.advanceTimersByTimeAsync(40_000)
  expect(rest.calls.length).toBe(2)
})

test('faces come along with what happens', () => {
  const { people } = make({})
  people.hear(created(message('50', '2')))
  people.hear(event('member.updated', { member: member('10', '3', 'Chloé'), server_id: '10' }))
  expect(people.get('2')?.display_name).toBe('user2')
  expect(people.get('3')?.display_name).toBe('Chloé')
})

const names = (items: readonly Member[]) => items.map(({ user }) => user.display_name)

function pages() {
  const turns: {
    cursor: string | undefined
    answer: (items: Member[], next: string | null) => void
    refuse: (problem: Problem) => void
  }[] = []
  const made = make({
    listMembers: ({ query }) => {
      const page = later<unknown>()
      const { cursor } = query as { cursor?: string }
      turns.push({ cursor, answer: (items, next) => page.resolve({ items, next }), refuse: page.reject })
      return page.promise
    },
  })
  return { ...made, turns }
}

test('members come page by page, by name, once each', async () => {
  const { people, turns } = pages()
  const list = people.members('10')
  expect(people.members('10')).toBe(list)
  await settle()
  turns[0]?.answer([member('10', '2', 'Zoé'), member('10', '3', 'ada')], 'c1')
  await settle()
  expect(names(list.items)).toEqual(['ada', 'Zoé'])
  expect(list.complete).toBe(false)
  turns[1]?.answer([member('10', '4', 'Émile'), member('10', '3', 'ada')], null)
  await settle()
  expect(turns.map(({ cursor }) => cursor)).toEqual([undefined, 'c1'])
  expect(names(list.items)).toEqual(['ada', 'Émile', 'Zoé'])
  expect(list.complete).toBe(true)
})

test('events count while it loads and after', async () => {
  const { people, turns } = pages()
  const list = people.members('10')
  await settle()
  people.hear(event('member.removed', { user_id: '2', server_id: '10' }))
  people.hear(event('member.joined', { member: member('10', '5', 'Bob'), server_id: '10' }))
  turns[0]?.answer([member('10', '2', 'gone'), member('10', '3', 'Ada')], null)
  await settle()
  expect(names(list.items)).toEqual(['Ada', 'Bob'])
  people.hear(event('member.updated', { member: { ...member('10', '5', 'Aaron'), version: 2 }, server_id: '10' }))
  people.hear(event('member.updated', { member: member('10', '5', 'old'), server_id: '10' }))
  expect(names(list.items)).toEqual(['Aaron', 'Ada'])
  people.hear(event('member.removed', { user_id: '3', server_id: '10' }))
  expect(names(list.items)).toEqual(['Aaron'])
})

test('a page that fails is told, and loading goes on from there', async () => {
  const { people, turns } = pages()
  const list = people.members('10')
  await settle()
  turns[0]?.answer([member('10', '2', 'a')], 'c1')
  await settle()
  turns[1]?.refuse(new Problem('unreachable', 0))
  await settle()
  expect(list.failed).toMatch(/cannot be reached/)
  list.retry()
  await settle()
  expect(turns[2]?.cursor).toBe('c1')
  expect(list.failed).toBe('')
  turns[2]?.answer([member('10', '3', 'b')], null)
  await settle()
  expect(names(list.items)).toEqual(['a', 'b'])
})

test('after a snapshot the list in sight is loaded again, and stays until then', async () => {
  const { people, turns } = pages()
  const list = people.members('10')
  await settle()
  turns[0]?.answer([member('10', '2', 'a'), member('10', '3', 'b')], null)
  await settle()
  people.refresh()
  await settle()
  expect(names(list.items)).toEqual(['a', 'b'])
  people.hear(event('member.joined', { member: member('10', '4', 'c'), server_id: '10' }))
  turns[1]?.answer([member('10', '3', 'b')], null)
  await settle()
  expect(names(list.items)).toEqual(['b', 'c'])
})
