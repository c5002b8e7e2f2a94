import { expect } from 'vitest'
import { sendAll } from './kit/api'
import { address, Chat } from './kit/chat'
import { scenario, type World } from './kit/scenario'

const streams = (world: World) => world.beep.metric('beep_sse_connections')

scenario('two tabs share one stream; when the leading one closes, the other goes on without a gap', async (world) => {
  const [alice, bob] = [await world.account('alice'), await world.person('bob')]
  const place = await world.place('Study room', ['general'], alice, bob.account)
  const channel = place.channels[0]?.id ?? ''
  const leader = new Chat(await bob.open(address(place)))
  await leader.ready()
  await expect.poll(() => streams(world)).toBe(1)
  const other = new Chat(await bob.tab(address(place)))
  await other.ready()
  await sendAll(alice, channel, ['both hear this'])
  await Promise.all([leader.sees('both hear this'), other.sees('both hear this')])
  expect(await streams(world)).toBe(1)

  const contents = ['both hear this', ...Array.from({ length: 20 }, (_, i) => `number ${i + 1}`)]
  const sending = sendAll(alice, channel, contents.slice(1, 11))
  await leader.page.close()
  await sending
  await sendAll(alice, channel, contents.slice(11))
  await other.sees('number 20')
  await other.holds(contents)
  await expect.poll(() => streams(world)).toBe(1)
})

scenario('what is read in one place is read in every tab and on every device', async (world) => {
  const [alice, laptop] = [await world.account('alice'), await world.person('bob')]
  const phone = await world.arrive(laptop.account)
  const place = await world.place('Study room', ['general', 'notes'], alice, laptop.account)
  const pages = [await laptop.open(address(place)), await laptop.tab(address(place)), await phone.open(address(place))]
  const names = pages.map((page) =>
    page.getByRole('navigation', { name: 'Channels of Study room' }).getByRole('link', { name: /^notes/ }),
  )
  for (const page of pages) await new Chat(page).ready()

  await sendAll(alice, place.channels[1]?.id ?? '', ['@bob have a look', 'and here'])
  for (const name of names) await expect.poll(() => name.getAttribute('aria-label')).toBe('notes, 1 mention')
  await laptop.page.bringToFront()
  await names[0]?.click()
  await new Chat(laptop.page).sees('and here')
  for (const name of names) await expect.poll(() => name.getAttribute('aria-label')).toBe('notes')
})

scenario('a message typed in one tab is in the other, once', async (world) => {
  const bob = await world.person('bob')
  const place = await world.place('Study room', ['general'], bob.account)
  const first = new Chat(await bob.open(address(place)))
  const second = new Chat(await bob.tab(address(place)))
  await first.ready()
  await second.ready()
  await first.say('from the first')
  await second.sees('from the first')
  await second.say('from the second')
  await first.sees('from the second')
  for (const chat of [first, second]) await chat.holds(['from the first', 'from the second'])
})
