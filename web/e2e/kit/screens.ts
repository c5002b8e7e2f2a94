import type { Page } from 'playwright-core'
import { sendAll } from './api'
import { address, Chat } from './chat'
import { moderate, moderation } from './plugins'
import type { Stage } from './stage'

/** Whose browser shows a screen. */
export type Viewer = 'visitor' | 'newcomer' | 'guest' | 'host'

/** One screen of the client: how to get there. */
export interface Screen {
  name: string
  viewer: Viewer
  open(page: Page, stage: Stage): Promise<void>
  /** Only where one pane is shown at a time. */
  narrow?: true
}

const goTo = (path: string | ((stage: Stage) => string), heading: string | RegExp) => async (page: Page, stage: Stage) => {
  await page.goto(typeof path === 'string' ? path : path(stage))
  await page.getByRole('heading', { name: heading }).first().waitFor()
}

const chat = async (page: Page, stage: Stage, channel = 0): Promise<Chat> => {
  await page.goto(address(stage.place, channel))
  const opened = new Chat(page)
  await opened.ready()
  if ((await opened.field.inputValue()) !== '') await opened.field.fill('') // the draft of another screen
  return opened
}

/** Opens the drawer where channels lie in one. */
async function showChannels(page: Page): Promise<void> {
  const back = page.getByRole('button', { name: /^Channels/ })
  if (await back.isVisible()) await back.click()
}

/** A dialog that an item of a menu in the channel list opens. */
const fromMenu = (menu: RegExp, item: string) => async (page: Page, stage: Stage) => {
  await chat(page, stage)
  await showChannels(page)
  await page.getByRole('button', { name: menu }).click()
  await page.getByRole('menu').waitFor()
  if (item === '') return
  await page.getByRole('menuitem', { name: item, exact: true }).click()
  await page.getByRole('dialog').waitFor()
}

const addServer = async (page: Page, stage: Stage) => {
  await chat(page, stage)
  await showChannels(page)
  await page.getByRole('button', { name: 'Add a server' }).click()
  await page.getByRole('dialog', { name: 'Add a server' }).waitFor()
}

const settingsOf = (page: string) => (stage: Stage) => `/s/${stage.place.server.id}/settings/${page}`

const dressed = new WeakSet<Stage>()

/** The moderation plugin with something in every part of its form, and something that it did. */
async function dressPlugins(stage: Stage): Promise<void> {
  if (dressed.has(stage)) return
  dressed.add(stage)
  const [, plans, quiet] = stage.place.channels
  await moderate(stage.host, stage.place, {
    enabled: true,
    dry_run: true,
    config: {
      words: [
        { words: ['casino', 'free coins'], action: 'reject', reason: 'No advertising here, please.' },
        { words: ['spoiler'], match: 'anywhere', action: 'redact' },
      ],
      expressions: [{ pattern: '(?i)buy\\s+followers', action: 'flag' }],
      links: { mode: 'allow', hosts: ['example.org', '*.sailing.example'] },
      mentions: { enabled: true, limit: 5 },
      exempt_channels: quiet ? [quiet.id] : [],
    },
  })
  await sendAll(stage.guest, plans?.id ?? '', ['A casino on a boat, and free coins for all'])
}

const pluginPage = (path: string, heading: string | RegExp) => async (page: Page, stage: Stage) => {
  await dressPlugins(stage)
  await goTo(settingsOf('plugins' + path), heading)(page, stage)
}

const first = 'The boats are back on the water. Who sails on Saturday?'
const own = 'Then I bring the coffee.'

/** The message's menu, by keyboard: it is there on every device. */
async function messageMenu(page: Page, stage: Stage): Promise<void> {
  const opened = await chat(page, stage)
  await opened.log.getByText(own).waitFor()
  await opened.log.getByRole('article').last().focus()
  await page.keyboard.press('m')
  await page.getByRole('menu').waitFor()
}

/** Every screen of the client, in the order in which one meets them. */
export const screens: readonly Screen[] = [
  { name: 'sign-in', viewer: 'visitor', open: goTo('/sign-in', 'Good to see you again') },
  { name: 'sign-up', viewer: 'visitor', open: goTo('/sign-up', 'Make yourself at home') },
  {
    name: 'sign-up-refused',
    viewer: 'visitor',
    async open(page) {
      await page.goto('/sign-up')
      await page.getByRole('textbox', { name: 'Username' }).fill('x y')
      await page.getByRole('textbox', { name: 'Email' }).fill('nowhere')
      await page.getByLabel('Password', { exact: true }).fill('short')
      await page.getByRole('button', { name: 'Create account' }).click()
      await page.locator('[aria-invalid=true]').first().waitFor()
    },
  },
  { name: 'set-up', viewer: 'visitor', open: goTo('/#/setup/beep_setup_abc', 'Set up this Beep') },
  { name: 'invite-visitor', viewer: 'visitor', open: goTo((stage) => '/invite/' + stage.invite, /./) },
  { name: 'invite', viewer: 'newcomer', open: goTo((stage) => '/invite/' + stage.invite, 'Sailing club') },
  { name: 'invite-gone', viewer: 'newcomer', open: goTo('/invite/nothing', 'This invite leads nowhere') },
  { name: 'empty-desk', viewer: 'newcomer', open: goTo('/', 'Your desk is empty') },
  { name: 'server-card', viewer: 'newcomer', open: goTo((stage) => '/s/' + stage.place.server.id, 'Sailing club') },
  {
    name: 'channel',
    viewer: 'host',
    async open(page, stage) {
      await (await chat(page, stage)).log.getByText(own).waitFor()
    },
  },
  {
    name: 'unread',
    viewer: 'guest',
    async open(page, stage) {
      await (await chat(page, stage)).log.getByText(own).waitFor()
    },
  },
  {
    name: 'empty-channel',
    viewer: 'host',
    async open(page, stage) {
      await chat(page, stage, 2)
      await page.getByText('Nothing here yet').waitFor()
    },
  },
  {
    name: 'channels',
    viewer: 'host',
    narrow: true,
    async open(page, stage) {
      await chat(page, stage)
      await showChannels(page)
      await page.getByRole('navigation', { name: 'Channels of Sailing club' }).waitFor()
    },
  },
  {
    name: 'people',
    viewer: 'host',
    narrow: true,
    async open(page, stage) {
      await chat(page, stage)
      await page.getByRole('button', { name: 'People' }).click()
      await page.getByRole('complementary', { name: 'People in Sailing club' }).waitFor()
    },
  },
  { name: 'message-menu', viewer: 'host', open: messageMenu },
  {
    name: 'reply',
    viewer: 'host',
    async open(page, stage) {
      const opened = await chat(page, stage)
      await opened.log.getByText(first).first().waitFor()
      await opened.log.getByRole('article').first().focus()
      await page.keyboard.press('r')
      await page.getByText(/^Replying to/).waitFor()
      await opened.field.fill('Count me in')
    },
  },
  {
    name: 'edit',
    viewer: 'host',
    async open(page, stage) {
      const opened = await chat(page, stage)
      await opened.log.getByText(own).waitFor()
      await opened.field.press('ArrowUp')
      await page.getByRole('textbox', { name: 'Text of the message' }).waitFor()
    },
  },
  {
    name: 'delete-message',
    viewer: 'host',
    async open(page, stage) {
      await messageMenu(page, stage)
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await page.getByRole('dialog', { name: 'Delete this message?' }).waitFor()
    },
  },
  {
    name: 'mention',
    viewer: 'host',
    async open(page, stage) {
      const opened = await chat(page, stage)
      await opened.field.pressSequentially('Hello @')
      await page.getByRole('option').first().waitFor()
    },
  },
  {
    name: 'formatting',
    viewer: 'host',
    async open(page, stage) {
      await chat(page, stage)
      await page.getByRole('button', { name: 'Formatting' }).click()
      await page.getByText('What you can write').first().waitFor()
    },
  },
  {
    name: 'too-long',
    viewer: 'host',
    async open(page, stage) {
      await (await chat(page, stage)).field.fill('much '.repeat(810))
      await page.getByText(/too many/).waitFor()
    },
  },
  {
    name: 'refused',
    viewer: 'host',
    async open(page, stage) {
      const opened = await chat(page, stage, 2)
      const body = JSON.stringify({ code: 'validation_failed', status: 422, detail: 'The server said no.' })
      const answer = { status: 422, contentType: 'application/problem+json', body }
      await page.route('**/messages', (route) => (route.request().method() === 'POST' ? route.fulfill(answer) : route.fallback()))
      await opened.post('Never to arrive')
      await page.getByText('The server said no.').waitFor()
      await opened.log.getByRole('button', { name: 'Copy text' }).waitFor()
    },
  },
  {
    name: 'switcher',
    viewer: 'host',
    async open(page, stage) {
      await chat(page, stage)
      await page.keyboard.press('Control+k')
      await page.getByRole('dialog', { name: 'Jump to' }).waitFor()
    },
  },
  {
    name: 'keyboard-help',
    viewer: 'host',
    async open(page, stage) {
      await chat(page, stage)
      await page.keyboard.press('Control+/')
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    },
  },
  { name: 'account-menu', viewer: 'host', open: fromMenu(/^Account menu/, '') },
  { name: 'server-menu', viewer: 'host', open: fromMenu(/^Menu of/, '') },
  { name: 'sign-out', viewer: 'host', open: fromMenu(/^Account menu/, 'Sign out') },
  { name: 'invite-people', viewer: 'host', open: fromMenu(/^Menu of/, 'Invite people') },
  { name: 'create-channel', viewer: 'host', open: fromMenu(/^Menu of/, 'Create a channel') },
  { name: 'create-category', viewer: 'host', open: fromMenu(/^Menu of/, 'Create a category') },
  { name: 'leave-server', viewer: 'guest', open: fromMenu(/^Menu of/, 'Leave the server') },
  { name: 'add-server', viewer: 'host', open: addServer },
  {
    name: 'join-server',
    viewer: 'host',
    async open(page, stage) {
      await addServer(page, stage)
      await page.getByRole('button', { name: /^Join with a link/ }).click()
      await page.getByRole('textbox').first().waitFor()
    },
  },
  {
    name: 'create-server',
    viewer: 'host',
    async open(page, stage) {
      await addServer(page, stage)
      await page.getByRole('button', { name: /^Create a server/ }).click()
      await page.getByRole('textbox', { name: 'Name' }).waitFor()
    },
  },
  { name: 'nowhere', viewer: 'host', open: goTo('/no/such/place', 'Nothing at this address') },
  { name: 'channel-gone', viewer: 'host', open: goTo((stage) => `/s/${stage.place.server.id}/1`, 'This channel is not here') },
  { name: 'settings-profile', viewer: 'host', open: goTo('/settings/profile', 'Profile') },
  { name: 'settings-password', viewer: 'host', open: goTo('/settings/password', 'Password') },
  { name: 'settings-sessions', viewer: 'host', open: goTo('/settings/sessions', 'Signed-in devices') },
  { name: 'settings-appearance', viewer: 'host', open: goTo('/settings/appearance', 'Appearance') },
  { name: 'server-overview', viewer: 'host', open: goTo(settingsOf('overview'), 'Overview') },
  { name: 'server-channels', viewer: 'host', open: goTo(settingsOf('channels'), 'Channels') },
  { name: 'server-members', viewer: 'host', open: goTo(settingsOf('members'), 'Members') },
  { name: 'server-invites', viewer: 'host', open: goTo(settingsOf('invites'), 'Invites') },
  {
    name: 'server-plugins',
    viewer: 'host',
    async open(page, stage) {
      await pluginPage('', 'Moderation')(page, stage)
      await page.getByText('Dry run').first().waitFor()
    },
  },
  { name: 'plugin-settings', viewer: 'host', open: pluginPage('/' + moderation, 'Word lists') },
  {
    name: 'plugin-wrong',
    viewer: 'host',
    async open(page, stage) {
      await pluginPage('/' + moderation, 'Word lists')(page, stage)
      const tried = page.getByRole('textbox', { name: 'A message' })
      if (!(await tried.isVisible())) await page.getByRole('heading', { name: 'Try it' }).click()
      await tried.fill('Free coins for all')
      await page.getByRole('button', { name: 'Try', exact: true }).click()
      await page.getByText('It is refused').waitFor()
      await page.getByRole('button', { name: /^Word list 1/ }).click()
      await page.getByRole('textbox', { name: 'Words and phrases' }).first().fill('boat'.repeat(40))
      await page.getByRole('textbox', { name: 'Mentions allowed in one message' }).fill('many')
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.locator('[aria-invalid=true]').nth(1).waitFor()
    },
  },
  {
    name: 'plugin-verdicts',
    viewer: 'host',
    async open(page, stage) {
      await pluginPage(`/${moderation}/verdicts`, 'Moderation')(page, stage)
      await page.getByRole('article').filter({ hasText: 'Tomasz' }).first().waitFor()
    },
  },
  { name: 'server-plugins-member', viewer: 'guest', open: goTo(settingsOf('plugins'), 'Not for you') },
  { name: 'server-overview-member', viewer: 'guest', open: goTo(settingsOf('overview'), 'Overview') },
  { name: 'channel-settings', viewer: 'host', open: goTo((stage) => address(stage.place) + '/settings', /./) },
  {
    name: 'delete-channel',
    viewer: 'host',
    async open(page, stage) {
      await page.goto(address(stage.place) + '/settings')
      await page.getByRole('button', { name: 'Delete the channel' }).first().click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'delete-server',
    viewer: 'host',
    async open(page, stage) {
      await page.goto(settingsOf('overview')(stage))
      await page.getByRole('button', { name: 'Delete the server' }).first().click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'offline',
    viewer: 'guest',
    async open(page, stage) {
      const opened = await chat(page, stage, 1)
      const line = await page.context().newCDPSession(page)
      await line.send('Network.enable')
      await line.send('Network.emulateNetworkConditions', {
        offline: true,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: -1,
      })
      await page.getByText('You are offline.').first().waitFor()
      await opened.post('Written on the ferry')
      await opened.log.getByText('Kept, will leave when you are back online').waitFor()
    },
  },
  {
    name: 'out-of-reach',
    viewer: 'guest',
    async open(page) {
      await page.route('**/api/v1/sync', (route) => route.fulfill({ status: 503, body: '' }))
      await page.goto('/')
      await page.getByRole('heading', { name: 'Beep is out of reach' }).waitFor()
    },
  },
]
