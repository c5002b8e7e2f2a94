import { beforeEach, expect, test, vi, type MockInstance } from 'vitest'
import { router } from '@/nav/router.svelte'
import type { Session } from '@/session/port'
import { toasts } from '@/ui/toasts.svelte'
import { arrive, find } from './join'

const view = { id: '7', name: 'Atelier', description: '', visibility: 'private', version: 1 }
const channels = new Map([['1', { info: { type: 'text' } }]])
const session = {
  state: { servers: new Map([['7', { channels }]]) },
  rest: () => Promise.resolve(view),
  awaitServer: () => Promise.resolve(true),
} as unknown as Session

let go: MockInstance<typeof router.go>

beforeEach(() => {
  go = vi.spyOn(router, 'go').mockImplementation(() => {})
  for (const { id } of toasts.shown) toasts.dismiss(id)
})

test('who waits is taken there', async () => {
  await arrive(session, '7', 'Atelier', () => true)
  expect(go).toHaveBeenCalledWith({ name: 'server', server: '7' })
  expect(toasts.shown[0]?.action).toBeUndefined()
})

test('who has turned to something else stays, and is told the way', async () => {
  await arrive(session, '7', 'Atelier', () => false)
  expect(go).not.toHaveBeenCalled()
  toasts.shown[0]?.action?.run()
  expect(go).toHaveBeenCalledWith({ name: 'server', server: '7' })
})

test('of a server one is in, no number of members is made up', async () => {
  const { card } = await find(session, { to: 'server', server: '7' })
  expect([card.member_count, card.channel_count]).toEqual([undefined, 1])
})
