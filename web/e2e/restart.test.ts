import { expect } from 'vitest'
import { history } from './kit/api'
import { answered, unreachable } from './kit/browser'
import { address, Chat } from './kit/chat'
import { scenario } from './kit/scenario'

scenario('the node is killed and started again: what was typed meanwhile arrives, once', async (world) => {
  const [alice, bob] = [await world.person('alice'), await world.person('bob')]
  const place = await world.place('Study room', ['general'], alice.account, bob.account)
  const [a, b] = [new Chat(await alice.open(address(place))), new Chat(await bob.open(address(place)))]
  await a.say('before')
  await b.sees('before')

  for (const person of [alice, bob]) person.expect(unreachable, answered(502, 503))
  await world.beep.kill()
  await a.say('while it is down 1')
  await a.say('while it is down 2')
  await a.page.getByText(/Reconnecting\.|No answer from Beep\./).waitFor()
  await a.page.getByText('Kept, will leave when you are back online').first().waitFor()
  await world.beep.restart()
  await b.sees('while it is down 2')
  await b.say('after')
  await a.sees('after')

  const stored = (await history(alice.account, place.channels[0]?.id ?? '')).map((message) => message.content)
  expect(stored).toEqual(['before', 'while it is down 1', 'while it is down 2', 'after'])
  for (const chat of [a, b]) await chat.holds(stored)
  await a.page.getByText(/Reconnecting\.|No answer from Beep\./).waitFor({ state: 'detached' })
})

scenario('killed while messages leave: each is stored once, in the order it was written', async (world) => {
  const alice = await world.person('alice')
  const place = await world.place('Study room', ['general'], alice.account)
  const a = new Chat(await alice.open(address(place)))
  await a.ready()
  alice.expect(unreachable, answered(502, 503))
  const written: string[] = []
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 8; i++) {
      written.push(`round ${round}, message ${i}`)
      await a.say(written.at(-1) ?? '')
      if (i === 4) await world.beep.kill()
    }
    await world.beep.restart()
  }
  await expect
    .poll(async () => (await history(alice.account, place.channels[0]?.id ?? '')).map((message) => message.content), {
      timeout: 60_000,
    })
    .toEqual(written)
  await a.holds(written)
})

scenario('the page is loaded again while the node is down: what was typed is still there', async (world) => {
  const alice = await world.person('alice')
  const place = await world.place('Study room', ['general'], alice.account)
  const a = new Chat(await alice.open(address(place)))
  await a.ready()
  alice.expect(unreachable, answered(502, 503))
  await world.beep.kill()
  await a.say('typed into the dark')
  await a.field.fill('half a thought')
  await a.page.getByText(/Reconnecting\.|No answer from Beep\./).waitFor()
  await world.beep.restart()
  await a.page.reload()
  await expect
    .poll(async () => (await history(alice.account, place.channels[0]?.id ?? '')).map((message) => message.content))
    .toEqual(['typed into the dark'])
  await a.holds(['typed into the dark'])
  expect(await a.field.inputValue()).toBe('half a thought')
})
