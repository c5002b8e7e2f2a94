import { expect } from 'vitest'
import { history } from '../kit/api'
import { address, Chat } from '../kit/chat'
import { scenario } from '../kit/scenario'

scenario(
  'Redis away: people write and read on, see that live delivery waits, and get everything once it is back',
  async (world) => {
    const [alice, bob] = [await world.person('alice'), await world.person('bob')]
    const place = await world.place('Study room', ['general'], alice.account, bob.account)
    const [a, b] = [new Chat(await alice.open(address(place))), new Chat(await bob.open(address(place)))]
    await a.say('before')
    await b.sees('before')

    world.redis.freeze()
    const notice = 'Beep has trouble hearing all of its parts. New messages may come late.'
    for (const chat of [a, b]) await chat.page.getByText(notice).waitFor()
    await a.say('while it is away')
    await b.sees('while it is away') // read from the store
    world.redis.thaw()
    for (const chat of [a, b]) await chat.page.getByText(notice).waitFor({ state: 'detached' })
    await b.say('after')
    await a.sees('after')

    const stored = (await history(alice.account, place.channels[0]?.id ?? '')).map((message) => message.content)
    expect(stored).toEqual(['before', 'while it is away', 'after'])
    for (const chat of [a, b]) await chat.holds(stored)
  },
)
