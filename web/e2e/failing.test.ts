import { expect } from 'vitest'
import { history, password, sendAll } from './kit/api'
import { answered, unreachable } from './kit/browser'
import { address, Chat } from './kit/chat'
import { scenario } from './kit/scenario'

const messages = /\/channels\/\d+\/messages(\?.*)?$/

scenario('the start fails: the page says so, and "Try again" goes on', async (world) => {
  const alice = await world.person('alice')
  const place = await world.place('Study room', ['general'], alice.account)
  alice.expect(answered(500, 503))
  await alice.page.route('**/api/v1/sync', (route) => route.fulfill({ status: 503, body: 'no' }))
  await alice.open(address(place))
  await alice.page.getByText('Beep is out of reach').waitFor()
  await alice.page.unroute('**/api/v1/sync')
  await alice.page.getByRole('button', { name: 'Try again' }).click()
  await new Chat(alice.page).ready()
})

scenario('a slow start shows that it loads; in French for who reads French', async (world) => {
  const account = await world.account('alice')
  await account.rest('updateMe', { body: { locale: 'fr' } })
  const alice = await world.arrive(account, { locale: 'fr-FR' })
  const place = await world.place('Study room', ['general'], alice.account)
  alice.expect(answered(503))
  await alice.page.route(messages, (route) => route.fulfill({ status: 503, body: '' }))
  await alice.page.route('**/api/v1/sync', async (route) => {
    await alice.page.getByRole('main', { name: 'Chargement de Beep' }).waitFor()
    await route.continue()
  })
  await alice.open(address(place))
  await alice.page.getByText('Les messages n’ont pas pu être chargés').waitFor()
  await alice.page.unroute(messages)
  await alice.page.getByRole('button', { name: 'Réessayer' }).click()
  await alice.page.getByRole('log').waitFor()
})

scenario('older messages do not load: the edge says so, and goes on', async (world) => {
  const alice = await world.person('alice')
  const place = await world.place('Study room', ['general'], alice.account)
  const contents = Array.from({ length: 230 }, (_, i) => `number ${i + 1}`)
  await sendAll(alice.account, place.channels[0]?.id ?? '', contents)
  alice.expect(answered(500))
  await alice.page.route(/before=/, (route) => route.fulfill({ status: 500, body: '{}' }))
  const chat = new Chat(await alice.open(address(place)))
  await chat.sees('number 230')
  await chat.log.evaluate((log) => (log.scrollTop = 0))
  await chat.page.getByText('Older messages could not be loaded.').waitFor()
  await chat.page.unroute(/before=/)
  await chat.page.getByRole('button', { name: 'Try again' }).click()
  await chat.holds(contents)
})

scenario('a message meets a node that stumbles: it is kept, tried again, and arrives once', async (world) => {
  const alice = await world.person('alice')
  const place = await world.place('Study room', ['general'], alice.account)
  const chat = new Chat(await alice.open(address(place)))
  await chat.ready()
  alice.expect(answered(500, 502, 503), unreachable)
  let refused = 0
  await chat.page.route(messages, async (route) => {
    if (route.request().method() !== 'POST' || refused >= 3) return route.fallback()
    refused++
    if (refused === 1) return route.fulfill({ status: 503, body: '' })
    if (refused === 2) return route.abort()
    await route.fetch() // it arrives, but its answer does not
    return route.abort()
  })
  await chat.say('against the odds')
  await chat.say('after it')
  await expect
    .poll(async () => (await history(alice.account, place.channels[0]?.id ?? '')).map((message) => message.content), {
      timeout: 40_000,
    })
    .toEqual(['against the odds', 'after it'])
  expect(refused).toBe(3)
  await chat.holds(['against the odds', 'after it'])
})

scenario('a message that is refused for good keeps its text and says why', async (world) => {
  const [alice, bob] = [await world.account('alice'), await world.person('bob')]
  const place = await world.place('Study room', ['general'], alice, bob.account)
  const chat = new Chat(await bob.open(address(place)))
  await chat.ready()
  bob.expect(answered(422))
  const body = {
    type: '',
    title: 'Refused',
    status: 422,
    detail: 'That cannot be sent.',
    instance: '',
    code: 'validation_failed',
  }
  await chat.page.route(messages, (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({ status: 422, contentType: 'application/problem+json', body: JSON.stringify(body) })
      : route.fallback(),
  )
  await chat.say('not for you')
  await chat.page.getByText('That cannot be sent.').waitFor()
  await chat.message('not for you').getByRole('button', { name: 'Copy text' }).waitFor()
  await chat.message('not for you').getByRole('button', { name: 'Remove' }).click()
  await chat.message('not for you').waitFor({ state: 'detached' })
})

scenario('signing in while the node stumbles says so and can be tried again', async (world) => {
  const alice = await world.visit(await world.account('alice'))
  await world.place('Study room', ['general'], alice.account)
  alice.expect(answered(503), unreachable)
  await alice.page.route('**/auth/login', (route) => route.fulfill({ status: 503, body: '' }))
  const page = await alice.open('/sign-in')
  await page.getByRole('textbox', { name: 'Email or username' }).fill('alice')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor()
  await page.unroute('**/auth/login')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('navigation', { name: 'Servers' }).waitFor()
})
