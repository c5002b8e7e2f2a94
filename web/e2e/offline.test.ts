import { expect } from 'vitest'
import { history, sendAll } from './kit/api'
import { unreachable } from './kit/browser'
import { address, Chat } from './kit/chat'
import { scenario } from './kit/scenario'

const numbered = (word: string, n: number) => Array.from({ length: n }, (_, i) => `${word} ${i + 1}`)

scenario('offline while 50 messages come, and back: nothing lost or doubled, in the order of the history', async (world) => {
  const [alice, bob] = [await world.person('alice'), await world.person('bob')]
  const place = await world.place('Study room', ['general'], alice.account, bob.account)
  const channel = place.channels[0]?.id ?? ''
  await sendAll(alice.account, channel, numbered('before', 5))
  const b = new Chat(await bob.open(address(place)))
  await b.sees('before 5')

  bob.expect(unreachable)
  await bob.context.setOffline(true)
  await b.page.getByText('You are offline. What you write is kept and leaves when you are back.').waitFor()
  await b.say('written on the train 1')
  await b.say('written on the train 2')
  await b.page.getByText('Kept, will leave when you are back online').first().waitFor()
  await sendAll(alice.account, channel, numbered('meanwhile', 50))
  await bob.context.setOffline(false)

  await expect.poll(async () => (await history(alice.account, channel)).length, { timeout: 30_000 }).toBe(57)
  const stored = (await history(alice.account, channel)).map((message) => message.content)
  expect(stored.slice(-2)).toEqual(['written on the train 1', 'written on the train 2'])
  await b.holds(stored)
  await b.page.getByText('You are offline').waitFor({ state: 'detached' })
})
