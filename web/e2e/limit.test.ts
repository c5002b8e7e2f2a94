import { expect } from 'vitest'
import { history } from './kit/api'
import { answered } from './kit/browser'
import { address, Chat } from './kit/chat'
import { scenario } from './kit/scenario'

scenario(
  'twelve messages at a rate of ten in ten seconds: the client says when, and all arrive in order',
  async (world) => {
    const alice = await world.person('alice')
    alice.expect(answered(429))
    const place = await world.place('Study room', ['general'], alice.account)
    const chat = new Chat(await alice.open(address(place)))
    await chat.ready()
    const contents = Array.from({ length: 12 }, (_, i) => `number ${i + 1}`)
    for (const content of contents) await chat.say(content)
    await chat.page
      .getByText(/^Ten messages in ten seconds\. Yours leaves in \d+ seconds?$/)
      .first()
      .waitFor()
    await expect
      .poll(async () => (await history(alice.account, place.channels[0]?.id ?? '')).map((message) => message.content), {
        timeout: 30_000,
      })
      .toEqual(contents)
    await chat.holds(contents)
    await chat.page
      .getByText(/Yours leaves/)
      .first()
      .waitFor({ state: 'detached' })
  },
  { BEEP_LIMITS_MESSAGE_RATE: '10/10s' },
)
