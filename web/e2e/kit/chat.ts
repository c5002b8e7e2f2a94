import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Place } from './api'

/** Address of a place's channel. */
export const address = (place: Place, channel = 0): string => `/s/${place.server.id}/${place.channels[channel]?.id}`

/** A channel as someone uses it: by the names that a screen reader says. */
export class Chat {
  /** Where one writes. */
  readonly field: Locator
  /** Where one reads. */
  readonly log: Locator

  constructor(readonly page: Page) {
    this.field = page.getByRole('textbox', { name: /^Message to / })
    this.log = page.getByRole('log')
  }

  /** A message by its whole text. */
  message(text: string): Locator {
    return this.log.getByRole('article').filter({ has: this.page.getByRole('paragraph').getByText(text, { exact: true }) })
  }

  /** Types a message and sends it with Enter. */
  async say(text: string): Promise<void> {
    await this.field.fill(text)
    await this.field.press('Enter')
  }

  /** Presses one of the buttons that a message shows under the pointer. */
  async act(text: string, action: string): Promise<void> {
    await this.message(text).hover()
    await this.message(text).getByRole('button', { name: action, exact: true }).click()
  }

  /** Types a message and sends it with the button, as one does on glass. */
  async post(text: string): Promise<void> {
    await this.field.fill(text)
    await this.page.getByRole('button', { name: 'Send', exact: true }).click()
  }

  /** Waits until a message is on the screen. */
  async sees(text: string): Promise<void> {
    await this.message(text).waitFor()
  }

  /** Waits until this channel's stream is live: nothing tells about the line any more. */
  async ready(): Promise<void> {
    await this.field.waitFor()
    await this.log.waitFor()
  }

  /** Every message of the channel, read as a person would who scrolls from its start to its end. */
  async readAll(): Promise<string[]> {
    return (await this.walk()).map(({ text }) => text)
  }

  /** Reads the channel from its start to its end: each message's text, and the elements it is made of. */
  async walk(): Promise<{ text: string; elements: string[] }[]> {
    await this.page.bringToFront() // a tab behind another draws no frames
    return this.log.evaluate(async (log) => {
      const patience = 15 // looks at a place that does not move
      const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      for (let looks = 0; looks < 1000 && !log.textContent.includes('This is the start of'); looks++) {
        log.scrollTop = 0
        await frame()
      }
      const seen = new Map<string, { text: string; elements: string[] }>()
      for (let still = 0, top = -1; still < patience; still = log.scrollTop === top ? still + 1 : 0) {
        for (const article of log.querySelectorAll('article')) {
          const key = article.closest('[data-key]')?.getAttribute('data-key') ?? ''
          const text = article.querySelector('.body')?.textContent?.trim() ?? ''
          seen.set(key, { text, elements: [...article.querySelectorAll('*')].map((element) => element.localName) })
        }
        top = log.scrollTop
        log.scrollTop += log.clientHeight / 2
        await frame()
      }
      return [...seen.values()]
    })
  }

  /** Waits until the channel, read from top to end, holds exactly these messages in this order. */
  async holds(contents: readonly string[]): Promise<void> {
    await expect.poll(() => this.readAll(), { timeout: 15_000, interval: 250 }).toEqual(contents)
  }
}
