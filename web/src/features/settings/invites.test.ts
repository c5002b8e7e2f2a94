import { expect, test } from 'vitest'
import type { Rest } from '@/api/rest'
import { allInvites } from './invites'

function node(pages: number) {
  const asked: (string | undefined)[] = []
  const rest = (_: string, { query }: { query: { cursor?: string } }) => {
    asked.push(query.cursor)
    const page = asked.length
    return Promise.resolve({
      items: [{ code: 'c' + page, created_at: new Date(page * 1000).toISOString() }],
      next: page < pages ? String(page) : null,
    })
  }
  return { asked, rest: rest as unknown as Rest }
}

test('every page, the newest first', async () => {
  const { asked, rest } = node(3)
  expect((await allInvites(rest, '1')).map(({ code }) => code)).toEqual(['c3', 'c2', 'c1'])
  expect(asked).toEqual([undefined, '1', '2'])
})

test('a list without an end is given up', async () => {
  const { asked, rest } = node(Infinity)
  await allInvites(rest, '1')
  expect(asked).toHaveLength(40)
})
