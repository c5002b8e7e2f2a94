import { expect } from 'vitest'
import { sendAll } from './kit/api'
import { address, Chat } from './kit/chat'
import { overflow, spilt } from './kit/layout'
import { scenario } from './kit/scenario'

const family = '👩‍👩‍👧‍👦'
const awkward = [
  'W'.repeat(4000),
  'https://example.org/' + 'a/very/long/path/'.repeat(40),
  'مرحبا بالعالم، هذه رسالة من اليمين إلى اليسار مع كلمة English في الوسط',
  'שלום עולם ' + 'ארוך'.repeat(80),
  family.repeat(60),
  '🏳️‍🌈🏴󠁧󠁢󠁳󠁣󠁴󠁿👍🏽'.repeat(40),
  '`' + 'x'.repeat(300) + '`',
  '```\n' + 'long line '.repeat(60) + '\n```',
  '> ' + 'Q'.repeat(500),
  '- ' + 'L'.repeat(500),
  'Z̸̡͚a͑l͈g̀o'.repeat(60),
]

for (const width of [360, 390, 1440]) {
  scenario(`nothing breaks the page at ${width} px`, async (world) => {
    const alice = await world.person('alice', { viewport: { width, height: 800 }, hasTouch: width < 840, isMobile: width < 840 })
    const long = await world.account('bob', 'B'.repeat(40))
    const place = await world.place('S'.repeat(100), ['c'.repeat(100), 'general'], alice.account, long)
    for (let i = 1; i < 50; i++) await alice.account.rest('createServer', { body: { name: `Server ${i}`, visibility: 'public' } })
    await alice.account.rest('updateChannel', {
      params: { channel_id: place.channels[0]?.id ?? '' },
      body: { topic: 'T'.repeat(200) },
    })
    const sent = await sendAll(long, place.channels[0]?.id ?? '', awkward)
    for (const message of sent)
      await alice.account.rest('sendMessage', {
        params: { channel_id: message.channel_id },
        body: { content: 'answer', reply_to: message.id },
      })

    const chat = new Chat(await alice.open(address(place)))
    await chat.ready()
    await chat.log.getByRole('article').first().waitFor()
    for (const top of [0, 0.25, 0.5, 0.75, 1]) {
      await chat.log.evaluate((log, part) => (log.scrollTop = part * log.scrollHeight), top)
      await chat.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
      expect(await overflow(chat.page)).toEqual([])
      expect(await spilt(chat.page)).toEqual([])
    }
    await chat.field.fill('W'.repeat(3950))
    expect(await overflow(chat.page)).toEqual([])
    for (const path of [
      `/s/${place.server.id}/settings/overview`,
      `/s/${place.server.id}/settings/channels`,
      `/s/${place.server.id}/settings/members`,
      '/settings/profile',
      `${address(place)}/settings`,
    ]) {
      await chat.page.goto(path)
      await chat.page.getByRole('heading').first().waitFor()
      expect([path, ...(await overflow(chat.page))]).toEqual([path])
    }
  })
}
