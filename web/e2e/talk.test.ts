import { expect } from 'vitest'
import { history } from './kit/api'
import { address, Chat } from './kit/chat'
import { scenario } from './kit/scenario'

scenario('two people talk, reply, edit and delete', async (world) => {
  const [alice, bob] = [await world.person('alice'), await world.person('bob')]
  const place = await world.place('Study room', ['general'], alice.account, bob.account)
  const [a, b] = [new Chat(await alice.open(address(place))), new Chat(await bob.open(address(place)))]

  await a.say('Is the library open on Sunday?')
  await b.sees('Is the library open on Sunday?')

  await b.act('Is the library open on Sunday?', 'Reply')
  await b.page.getByText('Replying to Alice').waitFor()
  await b.field.pressSequentially('From ten', { delay: 20 })
  await a.page.getByText('Bob Example is typing').waitFor()
  await b.say('From ten to six, the small door')
  const answer = a.message('From ten to six, the small door')
  await answer.waitFor()
  await answer.getByRole('button', { name: /Answers Alice.*Is the library open on Sunday\?/ }).waitFor()

  await b.field.press('ArrowUp')
  const editor = b.page.getByRole('textbox', { name: 'Text of the message' })
  await editor.fill('From ten to **five**, the small door')
  await editor.press('Enter')
  await a.log.getByRole('strong').getByText('five').waitFor()
  await a.log.getByText('edited').waitFor()

  await a.say('This one goes away')
  await b.sees('This one goes away')
  await a.act('This one goes away', 'More actions')
  await a.page.getByRole('menuitem', { name: 'Delete' }).click()
  await a.page.getByRole('dialog', { name: 'Delete this message?' }).getByRole('button', { name: 'Delete' }).click()
  await b.message('This one goes away').waitFor({ state: 'detached' })
  await a.message('This one goes away').waitFor({ state: 'detached' })

  const stored = await history(alice.account, place.channels[0]?.id ?? '')
  expect(stored.map((message) => message.content)).toEqual([
    'Is the library open on Sunday?',
    'From ten to **five**, the small door',
  ])
  for (const chat of [a, b]) await chat.holds(['Is the library open on Sunday?', 'From ten to five, the small door edited'])
})

scenario('a message of another channel is counted, and read when one goes there', async (world) => {
  const [alice, bob] = [await world.person('alice'), await world.person('bob')]
  const place = await world.place('Study room', ['general', 'notes'], alice.account, bob.account)
  const [a, b] = [new Chat(await alice.open(address(place, 0))), new Chat(await bob.open(address(place, 1)))]
  await b.say('@alice the notes are here')
  const row = a.page.getByRole('navigation', { name: 'Channels of Study room' }).getByRole('link', { name: /^notes/ })
  await expect.poll(() => row.getAttribute('aria-label')).toBe('notes, 1 mention')
  await row.click()
  await a.log.getByText('the notes are here').waitFor()
  await expect.poll(() => row.getAttribute('aria-label')).toBe('notes')
})
