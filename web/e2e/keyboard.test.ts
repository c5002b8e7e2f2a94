import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { password } from './kit/api'
import { answered, unreachable } from './kit/browser'
import { Chat } from './kit/chat'
import { scenario } from './kit/scenario'

const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement
    return element?.getAttribute('aria-label') || element?.textContent?.trim() || ''
  })

/** Presses Tab until the focus is on something of that name. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    if (name.test(await focused(page))) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${name}`)
}

scenario('everything by keyboard: sign in, go to a channel, write, edit, leave', async (world) => {
  const account = await world.account('alice')
  await world.place('Study room', ['general', 'notes'], account)
  const alice = await world.visit(account)
  const page = await alice.open('/sign-in')
  const { keyboard } = page

  await page.getByRole('textbox', { name: 'Email or username' }).waitFor()
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('login')
  await keyboard.type('alice')
  await keyboard.press('Tab')
  await keyboard.type(password)
  await keyboard.press('Enter')
  await page.getByRole('navigation', { name: 'Servers' }).waitFor()

  await keyboard.press('Control+k')
  await page.getByRole('dialog', { name: 'Jump to' }).waitFor()
  await keyboard.type('notes')
  await page.getByRole('option', { name: /notes/ }).first().waitFor()
  await keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'notes' }).waitFor()

  await tabTo(page, /^Message to notes/)
  await keyboard.type('Written without a mouse')
  await keyboard.press('Enter')
  const chat = new Chat(page)
  await chat.sees('Written without a mouse')
  await expect.poll(() => chat.field.inputValue()).toBe('')
  await page.locator('.msg.sending').waitFor({ state: 'detached' })
  await keyboard.press('ArrowUp')
  await page.getByRole('textbox', { name: 'Text of the message' }).waitFor()
  await keyboard.type(', and mended')
  await keyboard.press('Enter')
  await chat.log.getByText('Written without a mouse, and mended').waitFor()
  await page.getByRole('textbox', { name: 'Text of the message' }).waitFor({ state: 'detached' })

  await page.getByRole('link', { name: 'Go to the messages' }).focus()
  await keyboard.press('Enter')
  await expect.poll(() => page.evaluate(() => document.activeElement?.closest('#log') !== null)).toBe(true)

  await keyboard.press('Control+/')
  const help = page.getByRole('dialog', { name: /[Kk]eyboard/ })
  await help.waitFor()
  await keyboard.press('Escape')
  await help.waitFor({ state: 'detached' })

  alice.expect(answered(401), unreachable)
  await tabTo(page, /^Account menu/)
  await keyboard.press('Enter')
  await page.getByRole('menu').waitFor()
  await keyboard.press('End')
  await keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await tabTo(page, /^Sign out$/)
  await keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Good to see you again' }).waitFor()
})
