import { expect, test } from 'vitest'
import type { ServerState } from '@/model/types'
import type { Session } from '@/session/port'
import type { Channel, ChannelType } from '@contract/types.gen'
import { Ordering } from './ordering.svelte'

const channel = (id: string, position: number, type: ChannelType = 'text', version = 1): Channel => ({
  id,
  server_id: '1',
  type,
  name: id,
  topic: '',
  parent_id: null,
  position,
  created_at: '2026-03-01T09:30:00.000Z',
  version,
})

const serverOf = (...channels: Channel[]) =>
  ({ channels: new Map(channels.map((info) => [info.id, { info }])) }) as unknown as ServerState

function setup(answer: (id: string, position: number) => Promise<Channel>) {
  const world = { server: serverOf(channel('10', 0), channel('11', 1), channel('12', 1, 'category')), sent: [] as string[] }
  const rest = (_: string, { params, body }: { params: { channel_id: string }; body: { position: number } }) => {
    world.sent.push(`${params.channel_id}>${body.position}`)
    return answer(params.channel_id, body.position)
  }
  const ordering = new Ordering({ rest } as unknown as Session, () => world.server)
  return { world, ordering }
}

const order = (ordering: Ordering) =>
  ordering.tree
    .flatMap(({ category, channels }) => [category?.info.id ?? [], channels.map(({ info }) => info.id)])
    .flat(2)
    .join(' ')

test('the move shows at once and stays until its event', async () => {
  const { world, ordering } = setup((id, position) => Promise.resolve(channel(id, position, 'text', 2)))
  const moving = ordering.move(channel('11', 1), -1)
  expect(order(ordering)).toBe('11 10 12')
  await moving
  expect([order(ordering), world.sent]).toEqual(['11 10 12', ['11>0', '10>1']])
})

test('refused: the order is as before', async () => {
  const { ordering } = setup(() => Promise.reject(new Error('no')))
  await expect(ordering.move(channel('10', 0), 1)).rejects.toThrow('no')
  expect([order(ordering), ordering.busy]).toEqual(['10 11 12', false])
})

test('nothing moves past the end, nor beside another move, nor past another kind', async () => {
  const { world, ordering } = setup((id, position) => Promise.resolve(channel(id, position, 'text', 2)))
  await ordering.move(channel('10', 0), -1)
  await ordering.move(channel('12', 1, 'category'), -1)
  expect(world.sent).toEqual([])
  const first = ordering.move(channel('10', 0), 1)
  await ordering.move(channel('10', 1), -1)
  await first
  expect(order(ordering)).toBe('11 10 12')
})
