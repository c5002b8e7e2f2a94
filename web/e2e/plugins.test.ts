import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { history, type Place } from './kit/api'
import { answered } from './kit/browser'
import { address, Chat } from './kit/chat'
import { moderate, moderation, moderationOf } from './kit/plugins'
import { scenario } from './kit/scenario'

const pluginsOf = (place: Place) => `/s/${place.server.id}/settings/plugins`

/** Opens the form of the moderation plugin as its owner would: by the list. */
async function openForm(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Moderation' }).click()
  await page.getByRole('heading', { name: 'Word lists' }).waitFor()
}

/** Adds a word list, with what is to happen and what its author reads. */
async function addWords(page: Page, words: string): Promise<void> {
  await page.getByRole('button', { name: 'Add Word list' }).click()
  const field = page.getByRole('textbox', { name: 'Words and phrases' })
  await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true)
  await field.fill(words)
}

async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved', { exact: true }).waitFor()
}

scenario(
  'the owner adds a word, and the next message with it is refused with the reason, here and at another person',
  async (world) => {
    const [alice, bob] = [await world.person('alice'), await world.person('bob')]
    const place = await world.place('Study room', ['general'], alice.account, bob.account)
    await bob.account.rest('updateMe', { body: { locale: 'fr' } })
    for (const person of [alice, bob]) person.expect(answered(422))
    await moderationOf(alice.account, place)

    const page = await alice.open(pluginsOf(place))
    await page.getByRole('switch', { name: 'Use Moderation' }).click()
    await page.getByText('Moderation is on').waitFor()
    await openForm(page)
    await addWords(page, 'durian\nrotten fish')
    await page.getByRole('textbox', { name: 'A message' }).fill('A DURIAN for everyone')
    await page.getByRole('button', { name: 'Try', exact: true }).click()
    await page.getByText('It is refused').waitFor()
    await save(page)

    const params = { server_id: place.server.id, plugin_id: moderation }
    const { reason } = await alice.account.rest('tryPlugin', { params, body: { content: 'a durian' } })
    expect(reason?.en).toBeTruthy()
    expect(reason?.fr).not.toBe(reason?.en)

    const chat = new Chat(await alice.tab(address(place)))
    await chat.ready()
    await chat.say('I like durian')
    await chat.log.getByText(reason?.en ?? '', { exact: true }).waitFor()
    await chat.say('I like apples')
    await chat.sees('I like apples')

    const other = await bob.open(address(place))
    const field = other.getByRole('textbox', { name: /^Message dans / })
    await field.fill('Un durian, pour voir')
    await field.press('Enter')
    await other
      .getByRole('log')
      .getByText(reason?.fr ?? '', { exact: true })
      .waitFor()
    await field.fill('Une pomme')
    await field.press('Enter')
    await chat.sees('Une pomme')
    const stored = await history(alice.account, place.channels[0]?.id ?? '')
    expect(stored.map(({ content }) => content)).toEqual(['I like apples', 'Une pomme'])
  },
)

scenario('a dry run lets a message pass, and tells what it would have done', async (world) => {
  const [alice, bob] = [await world.person('alice'), await world.person('bob')]
  const place = await world.place('Study room', ['general'], alice.account, bob.account)
  await moderate(alice.account, place, { enabled: true })

  const page = await alice.open(pluginsOf(place))
  await openForm(page)
  await page.getByRole('switch', { name: 'Dry run' }).click()
  await addWords(page, 'durian')
  await save(page)

  const chat = new Chat(await bob.open(address(place)))
  await chat.say('One durian, please')
  const seen = new Chat(await alice.tab(address(place)))
  await seen.sees('One durian, please')

  await page.getByRole('link', { name: 'What it did' }).click()
  const verdict = page.getByRole('article').filter({ hasText: 'Bob Example' })
  await expect
    .poll(async () => {
      await page.getByRole('button', { name: 'Refresh' }).click()
      return verdict.count()
    })
    .toBe(1)
  for (const word of ['Refused', 'Dry run', 'Word list 1', 'durian', '#general']) await verdict.getByText(word).first().waitFor()
  await verdict.getByRole('link', { name: 'Go to the message' }).click()
  await new Chat(page).sees('One durian, please')
})

scenario('two forms at once: what others save comes in, and what both changed is for the person to choose', async (world) => {
  const alice = await world.person('alice')
  const place = await world.place('Study room', ['general'], alice.account)
  await moderate(alice.account, place, { enabled: true, config: { words: [{ words: ['durian'] }] } })
  const params = { server_id: place.server.id, plugin_id: moderation }
  const form = `${pluginsOf(place)}/${moderation}`

  const page = await alice.open(form)
  await page.getByRole('heading', { name: 'Word lists' }).waitFor()
  await page.getByRole('switch', { name: 'Limit capital letters' }).click()
  await page.getByRole('link', { name: 'All plugins' }).click()
  const back = page.getByRole('link', { name: 'Moderation' })
  await expect.poll(() => back.evaluate((element) => element === document.activeElement)).toBe(true)
  await page.keyboard.press('Enter')
  await page.getByRole('switch', { name: 'Limit capital letters', checked: true }).waitFor()
  const { config } = await alice.account.rest('getPlugin', { params })
  await alice.account.rest('updatePlugin', { params, body: { config: { ...config, words: [{ words: ['fish'] }] } } })
  await page.getByText(/^Someone else saved other parts/).waitFor()
  await expect.poll(() => page.getByRole('textbox', { name: 'Words and phrases' }).inputValue()).toBe('fish')
  await page.getByRole('textbox', { name: 'Words and phrases' }).fill('mine')
  await alice.account.rest('updatePlugin', { params, body: { config: { ...config, words: [{ words: ['theirs'] }] } } })
  await page.getByText(/^Someone else changed the same/).waitFor()
  expect(await page.getByRole('textbox', { name: 'Words and phrases' }).inputValue()).toBe('mine')
  await page.getByRole('button', { name: 'Keep mine' }).click()
  await save(page)
  const stored = await alice.account.rest('getPlugin', { params })
  expect(stored.config).toMatchObject({ words: [{ words: ['mine'] }], capitals: { enabled: true } })
})

scenario('what the plugin refuses is told at its field, by keyboard too', async (world) => {
  const alice = await world.person('alice')
  alice.expect(answered(422))
  const place = await world.place('Study room', ['general'], alice.account)
  await moderationOf(alice.account, place)
  const page = await alice.open(`${pluginsOf(place)}/${moderation}`)
  await page.getByRole('button', { name: 'Add Expression' }).focus()
  await page.keyboard.press('Enter')
  const pattern = page.getByRole('textbox', { name: 'Pattern' })
  await expect.poll(() => pattern.evaluate((element) => element === document.activeElement)).toBe(true)
  await page.keyboard.type('(')
  await page.keyboard.press('Enter')
  await expect.poll(() => pattern.getAttribute('aria-invalid')).toBe('true')
  await expect.poll(() => pattern.evaluate((element) => element === document.activeElement)).toBe(true)
  expect(await pattern.inputValue()).toBe('(')
  await page.keyboard.type('a)')
  expect(await pattern.getAttribute('aria-invalid')).toBeNull()
  await page.keyboard.press('Enter')
  await page.getByText('Saved', { exact: true }).waitFor()
})

scenario('a member who may not manage plugins finds none', async (world) => {
  const [alice, bob] = [await world.person('alice'), await world.person('bob')]
  const place = await world.place('Study room', ['general'], alice.account, bob.account)
  const page = await bob.open(pluginsOf(place))
  await page.getByText('You need the right to manage plugins.').waitFor()
  expect(await page.getByRole('link', { name: 'Plugins' }).count()).toBe(0)
})
