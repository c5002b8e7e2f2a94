import { expect } from 'vitest'
import { sendAll } from './kit/api'
import { phone } from './kit/browser'
import { address, Chat } from './kit/chat'
import { scenario } from './kit/scenario'
import { overflow } from './kit/layout'

scenario('on a phone of 390 px, by touch', async (world) => {
  const [alice, bob] = [await world.account('alice'), await world.person('bob', phone)]
  const place = await world.place('Study room', ['general', 'notes'], alice, bob.account)
  await sendAll(alice, place.channels[0]?.id ?? '', ['Hello from the desk'])
  const chat = new Chat(await bob.open(address(place)))
  await chat.sees('Hello from the desk')
  expect(await overflow(chat.page)).toEqual([])

  // On glass Enter makes a new line, and the button sends.
  await chat.field.tap()
  await chat.field.pressSequentially('Hello from')
  await chat.field.press('Enter')
  await chat.field.pressSequentially('the train')
  await chat.page.getByRole('button', { name: 'Send' }).tap()
  await chat.log.getByText('the train').waitFor()
  await expect.poll(() => chat.field.inputValue()).toBe('')

  await chat.page.getByRole('button', { name: /^Channels/ }).tap()
  const channels = chat.page.getByRole('navigation', { name: 'Channels of Study room' })
  await channels.getByRole('link', { name: 'notes' }).tap()
  await chat.page.getByRole('heading', { level: 1, name: 'notes' }).waitFor()
  await channels.waitFor({ state: 'hidden' })
  expect(await overflow(chat.page)).toEqual([])

  await chat.page.getByRole('button', { name: 'People' }).tap()
  await chat.page.getByRole('complementary', { name: 'People in Study room' }).getByText('Alice Example').waitFor()
  expect(await overflow(chat.page)).toEqual([])
})
