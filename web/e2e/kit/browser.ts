import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { password, type Account } from './api'
import type { Beep } from './beep'

let running: Promise<Browser> | undefined

/** The one browser of this process; each person gets a profile of its own in it. */
export function browser(): Promise<Browser> {
  running ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  return running
}

/** Ends the browser. */
export async function closeBrowser(): Promise<void> {
  await (await running)?.close()
  running = undefined
}

/** How someone's browser is: what Playwright knows, in English on a desktop where nothing is said. */
export type Device = BrowserContextOptions

/** A phone of 390 px with touch. */
export const phone: Device = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }

/** Someone in front of a browser. Whatever goes wrong in one of their tabs is kept, and fails the test at its end. */
export class Person {
  /** The tab opened first. */
  readonly page: Page
  /** What the pages complained about, and nobody expected. */
  readonly problems: string[] = []
  private readonly expected: RegExp[] = []

  private constructor(
    readonly account: Account,
    readonly context: BrowserContext,
    first: Page,
  ) {
    this.page = first
  }

  /** Opens a browser for an account, signed in unless told otherwise; no page is loaded yet. */
  static async arrive(beep: Beep, account: Account, device: Device = {}, signedIn = true): Promise<Person> {
    const context = await (
      await browser()
    ).newContext({
      baseURL: beep.base,
      locale: 'en-GB',
      timezoneId: 'Europe/Paris',
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      ...device,
    })
    context.setDefaultTimeout(15_000)
    if (signedIn) {
      const answer = await context.request.post('/api/v1/auth/login', {
        data: { login: account.user.username, password, session: 'cookie' },
      })
      if (!answer.ok()) throw new Error(`${account.user.username} cannot sign in: ${await answer.text()}`)
    }
    const person = new Person(account, context, await context.newPage())
    person.watch(person.page)
    context.on('page', (page) => person.watch(page))
    return person
  }

  /** Opens an address in the first tab. */
  async open(path: string): Promise<Page> {
    await this.page.goto(path)
    return this.page
  }

  /** Another tab of the same browser. */
  async tab(path: string): Promise<Page> {
    const page = await this.context.newPage()
    await page.goto(path)
    return page
  }

  /** From now on, complaints like these are part of the story: the node is down, an answer is made to fail. */
  expect(...complaints: RegExp[]): void {
    this.expected.push(...complaints)
  }

  private watch(page: Page): void {
    const note = (text: string) => {
      if (!this.expected.some((pattern) => pattern.test(text))) this.problems.push(`${this.account.user.username}: ${text}`)
    }
    page.on('console', (message) => {
      // A refused policy (CSP, Trusted Types) arrives as an error of the console too.
      if (message.type() === 'error') note(`console: ${message.text()} (${message.location().url})`)
    })
    page.on('pageerror', (error) => note(`error: ${error.stack ?? error.message}`))
    page.on('crash', () => note('the tab crashed'))
    page.on('dialog', (dialog) => {
      note(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
  }
}

/** What Chromium says when a node cannot be reached. */
export const unreachable =
  /net::ERR_(CONNECTION_|INTERNET_DISCONNECTED|NETWORK_CHANGED|INCOMPLETE_CHUNKED|EMPTY_RESPONSE|FAILED|ABORTED)/

/** What Chromium says of an answer with one of these statuses. */
export const answered = (...statuses: number[]) => new RegExp(`the server responded with a status of (${statuses.join('|')})\\b`)
