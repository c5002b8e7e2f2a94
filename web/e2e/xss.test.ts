import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { Problem } from '@/api/problem'
import { join, sendAll, type Account } from './kit/api'
import { answered, browser } from './kit/browser'
import { Chat } from './kit/chat'
import { scenario } from './kit/scenario'

/** Payloads of the renderer's corpus, the same that Go is held to. */
async function corpus(): Promise<string[]> {
  const text = await readFile(new URL('../../testdata/render/xss.txt', import.meta.url), 'utf8')
  const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\' }
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('# '))
    .map((line) => line.replace(/\\([ntr0\\])/g, (_, name: string) => escapes[name] ?? ''))
}

/** What would be a hole, found in the page itself: elements, attributes and addresses that no text makes. */
async function active(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('*')].flatMap((element) => {
      const tag = element.localName
      const found: string[] = []
      if (
        ['iframe', 'object', 'embed', 'base', 'meta', 'link', 'style', 'script', 'frameset', 'portal', 'math'].includes(tag) &&
        document.body.contains(element)
      )
        if (!(tag === 'script' && (element as HTMLScriptElement).src.startsWith(location.origin)))
          found.push(new XMLSerializer().serializeToString(element))
      for (const { name, value } of element.attributes) {
        if (/^on/i.test(name) || name === 'srcdoc' || name === 'ping' || name === 'formaction')
          found.push(new XMLSerializer().serializeToString(element))
        // A browser ignores control characters in a scheme.
        if (/href|src|action/i.test(name) && /^(javascript|data|vbscript):/i.test([...value].filter((c) => c > ' ').join('')))
          found.push(new XMLSerializer().serializeToString(element))
      }
      return found
    }),
  )
}

/** Tries each payload, and gives those the node takes. */
async function taken(payloads: readonly string[], put: (payload: string) => Promise<unknown>): Promise<string[]> {
  const kept: string[] = []
  for (const payload of payloads) {
    try {
      await put(payload)
      kept.push(payload)
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error
    }
  }
  return kept
}

scenario('payloads in messages and in the excerpts of replies stay text', async (world) => {
  const [alice, bob] = [await world.account('alice'), await world.person('bob')]
  const place = await world.place('Study room', ['general'], alice, bob.account)
  const channel = place.channels[0]?.id ?? ''
  const sent = await taken(await corpus(), async (payload) => {
    const [message] = await sendAll(alice, channel, [payload])
    await alice.rest('sendMessage', { params: { channel_id: channel }, body: { content: 'an answer', reply_to: message?.id } })
  })
  expect(sent.length).toBeGreaterThan(100)
  bob.expect(answered(404)) // for people who are named and do not exist
  const chat = new Chat(await bob.open(`/s/${place.server.id}/${channel}`))
  await chat.ready()
  const seen = await chat.walk()
  expect(seen.filter(({ text }) => text === 'an answer').length).toBe(sent.length)
  expect(seen.length).toBe(sent.length * 2)
  const made = new Set(seen.flatMap(({ elements }) => elements))
  for (const never of [
    'script',
    'iframe',
    'object',
    'embed',
    'style',
    'link',
    'base',
    'form',
    'input',
    'math',
    'img',
    'video',
    'audio',
  ])
    expect(made).not.toContain(never)
  expect(await active(chat.page)).toEqual([])
})

scenario('payloads as names of servers, channels and people, and as topics, stay text', async (world) => {
  const alice = await world.person('alice')
  const payloads = (await corpus()).filter((payload) => !/[\n\r\t\0]/.test(payload))
  const channels: string[] = []
  const servers = await taken(payloads.slice(0, 45), (name) =>
    alice.account.rest('createServer', { body: { name, visibility: 'public' } }),
  )
  const place = await world.place('Study room', [], alice.account)
  const names: string[] = []
  const create = async (body: { name: string; topic?: string }) => {
    const channel = await alice.account.rest('createChannel', {
      params: { server_id: place.server.id },
      body: { ...body, type: 'text' },
    })
    names.push(channel.name)
    return channel
  }
  const topics = await taken(payloads, async (topic) =>
    channels.push((await create({ name: `topic-${channels.length}`, topic })).id),
  )
  await taken(payloads, (name) => create({ name }))
  const people: Account[] = []
  await taken(payloads.slice(0, 30), async (name) => {
    const person = await world.account(`p${people.length}`, name)
    await join(person, place.server.id)
    people.push(person)
  })
  expect(Math.min(servers.length, topics.length, people.length)).toBeGreaterThan(10)

  const page = await alice.open(`/s/${place.server.id}/${channels[0]}`)
  for (const [i, topic] of topics.entries()) {
    if (i % 12 === 0) {
      await page.goto(`/s/${place.server.id}/${channels[i]}`)
      await page.getByRole('banner').or(page.locator('header.bar')).getByText(topic, { exact: true }).first().waitFor()
      expect(await active(page)).toEqual([])
    }
  }
  const rail = page.getByRole('navigation', { name: 'Servers' })
  const shown = await rail.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('title')))
  for (const name of servers) expect(shown).toContain(name)
  const list = await page
    .getByRole('navigation', { name: 'Channels of Study room' })
    .getByRole('link')
    .evaluateAll((links) => links.map((link) => link.getAttribute('title')))
  expect(list.toSorted()).toEqual(['general', ...names].toSorted())
  expect(await active(page)).toEqual([])
})

scenario('what the sanitiser leaves of hostile HTML does nothing, however often a browser reads it', async () => {
  // A page without the client, which makes each element anew, and without its content policy: nothing else holds back a hole.
  const context = await (await browser()).newContext()
  const page = await context.newPage()
  const ran: string[] = []
  page.on('dialog', (dialog) => {
    ran.push(dialog.message())
    void dialog.dismiss()
  })
  const read = (payloads: readonly string[]) =>
    page.evaluate((list) => {
      for (const payload of list) {
        let html = payload
        for (const around of ['div', 'td', 'p']) {
          const place = document.createElement(around)
          // eslint-disable-next-line no-restricted-properties -- the HTML under test
          place.innerHTML = html
          // eslint-disable-next-line no-restricted-properties -- as the browser writes it
          html = place.innerHTML
          document.body.append(place)
          for (const element of place.querySelectorAll<HTMLElement>('[onclick], [onmouseover]')) element.click()
        }
      }
    }, payloads)

  await read(['<img src=x onerror=alert(1)>'])
  await expect.poll(() => ran.length).toBe(3)
  expect((await active(page)).length).toBe(3)
  await page.reload()
  ran.length = 0

  const left = JSON.parse(await readFile(new URL('../../testdata/render/sanitized.json', import.meta.url), 'utf8')) as string[]
  expect(left.length).toBeGreaterThan(500)
  await read(left)
  await page.waitForFunction(() => new Promise((done) => requestIdleCallback(() => done(true))))
  expect(ran).toEqual([])
  expect(await active(page)).toEqual([])
  const made = await page.evaluate(() => [...new Set([...document.body.querySelectorAll('*')].map(({ localName }) => localName))])
  for (const never of ['script', 'iframe', 'style', 'form', 'img', 'input']) expect(made).not.toContain(never)
  await context.close()
})
