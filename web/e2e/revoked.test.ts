import { expect } from 'vitest'
import { password } from './kit/api'
import { answered, unreachable } from './kit/browser'
import { address, Chat } from './kit/chat'
import { scenario } from './kit/scenario'

scenario('a session that is ended on another device shows the door, in every tab', async (world) => {
  const alice = await world.person('alice')
  const place = await world.place('Study room', ['general'], alice.account)
  const chat = new Chat(await alice.open(address(place)))
  const tab = await alice.tab(address(place))
  await chat.ready()
  await new Chat(tab).ready()
  await chat.field.fill('not lost')

  alice.expect(answered(401), unreachable)
  const { items } = await alice.account.rest('listSessions')
  const there = items.find((session) => !session.current)
  await alice.account.rest('revokeSession', { params: { session_id: there?.id ?? '' } })
  for (const page of [chat.page, tab]) {
    await page.getByText('You were signed out: this session was ended on another device.').waitFor()
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
  }
  expect(await chat.page.getByRole('log').count()).toBe(0)
})

scenario('signing out leads to the door and ends the stream; one comes in again, and back leads to no door', async (world) => {
  const alice = await world.person('alice')
  const place = await world.place('Study room', ['general'], alice.account)
  const chat = new Chat(await alice.open(address(place)))
  await chat.ready()
  alice.expect(answered(401), unreachable)
  await chat.page.getByRole('button', { name: /^Account menu/ }).click()
  await chat.page.getByRole('menuitem', { name: 'Sign out' }).click()
  await chat.page
    .getByRole('dialog')
    .getByRole('button', { name: /^Sign out/ })
    .first()
    .click()
  await chat.page.getByRole('heading', { name: 'Good to see you again' }).waitFor()
  await expect.poll(() => world.beep.metric('beep_sse_connections')).toBe(0)

  const { page } = chat
  await page.getByRole('link', { name: 'Create an account' }).click()
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('textbox', { name: 'Email or username' }).fill('alice')
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await chat.ready()
  await page.goBack()
  await page.getByRole('navigation', { name: 'Servers' }).waitFor()
  await chat.ready()
})
