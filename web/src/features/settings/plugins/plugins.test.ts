import { expect, test } from 'vitest'
import type { Session } from '@/session/port'
import type { PluginVerdict, ServerPlugin } from '@contract/types.gen'
import { fieldOf } from './form/fields'
import { Installed } from './installed.svelte'
import { healthOf, isAlwaysOn } from './plugin_face'
import { ruleName } from './rule_name'
import { pageSize, Verdicts } from './verdicts.svelte'

const plugin = (changed: Partial<ServerPlugin> = {}): ServerPlugin => ({
  plugin_id: 'chat.beep.x',
  version: '1.0.0',
  name: { en: 'X' },
  description: { en: '' },
  hooks: ['message.moderate'],
  state: 'ready',
  resting: [],
  enabled: true,
  dry_run: false,
  on_failure: 'open',
  config: {},
  config_schema: null,
  revision: 1,
  ...changed,
})

const sessionWith = (rest: (operation: string, options: never) => unknown) =>
  ({ rest: async (operation: string, options: never) => rest(operation, options) }) as unknown as Session

test.each<[string, Partial<ServerPlugin>]>([
  ['compiling', { state: 'compiling', resting: ['message.moderate'] }],
  ['failed', { state: 'failed' }],
  ['resting', { resting: ['message.moderate'], dry_run: true }],
  ['always', { hooks: ['markdown.render'], enabled: false }],
  ['off', { enabled: false, dry_run: true }],
  ['dry', { dry_run: true }],
  ['on', {}],
])('health: %s', (health, changed) => expect(healthOf(plugin(changed))).toBe(health))

test('what only renders is always on', () => {
  expect([isAlwaysOn(plugin()), isAlwaysOn(plugin({ hooks: ['markdown.render'] }))]).toEqual([false, true])
})

test('a list that was asked for later has the last word', async () => {
  const answers: ((plugins: ServerPlugin[]) => void)[] = []
  const installed = new Installed(
    sessionWith(() => new Promise((resolve) => answers.push((plugins) => resolve({ plugins })))),
    '1',
  )
  const [first, second] = [installed.load(), installed.load()]
  answers[1]?.([plugin()])
  await second
  answers[0]?.([plugin({ state: 'compiling' })])
  await first
  expect(installed.get('chat.beep.x')?.state).toBe('ready')
})

test('an older list takes no change back, but tells how the plugin does now', async () => {
  let state: ServerPlugin['state'] = 'compiling'
  const installed = new Installed(
    sessionWith((operation) =>
      operation === 'updatePlugin' ? plugin({ enabled: false, revision: 2 }) : { plugins: [plugin({ state })] },
    ),
    '1',
  )
  await installed.load()
  expect(installed.compiling).toBe(true)
  await installed.enable(plugin(), false)
  state = 'ready'
  await installed.load()
  expect(installed.items).toEqual([plugin({ enabled: false, revision: 2 })])
})

test('a list that did not come says why; one that is there stays', async () => {
  let fails = true
  const installed = new Installed(
    sessionWith(() => {
      if (fails) throw new Error('no')
      return { plugins: [plugin()] }
    }),
    '1',
  )
  await installed.load()
  expect([installed.items, installed.failed]).toEqual([undefined, new Error('no')])
  fails = false
  await installed.load()
  fails = true
  await installed.load()
  expect([installed.items?.length, installed.failed]).toEqual([1, undefined])
})

test('verdicts come page by page, and from the start when they are asked for again', async () => {
  const all = Array.from({ length: pageSize + 2 }, (_, at) => ({ id: String(900 - at) }) as PluginVerdict)
  const verdicts = new Verdicts(
    sessionWith((_, { query }: { query: { before?: string; limit: number } }) => {
      const from = query.before === undefined ? 0 : all.findIndex(({ id }) => id === query.before) + 1
      return { verdicts: all.slice(from, from + query.limit) }
    }),
    '1',
    'chat.beep.x',
  )
  await verdicts.refresh()
  expect([verdicts.items?.length, verdicts.complete]).toEqual([pageSize, false])
  await verdicts.more()
  expect([verdicts.items, verdicts.complete]).toEqual([all, true])
  await verdicts.refresh()
  expect(verdicts.items?.length).toBe(pageSize)
})

test('a page of verdicts that did not come leaves the others there', async () => {
  let fails = false
  const full = Array.from({ length: pageSize }, (_, at) => ({ id: String(900 - at) }) as PluginVerdict)
  const verdicts = new Verdicts(
    sessionWith(() => {
      if (fails) throw new Error('no')
      return { verdicts: full }
    }),
    '1',
    'chat.beep.x',
  )
  await verdicts.refresh()
  fails = true
  await verdicts.more()
  expect([verdicts.items?.length, verdicts.busy, verdicts.failed]).toEqual([pageSize, false, new Error('no')])
})

test.each([
  ['words[0]', 'Word list 1'],
  ['plain[1]', 'Plain 2'],
  ['links', 'Links'],
  ['nothing[3]', 'nothing[3]'],
  ['made up by hand', 'made up by hand'],
])('the rule %s is called %s', (rule, name) => {
  const config = {
    type: 'object',
    properties: {
      words: { type: 'array', title: 'Word lists', items: { type: 'object', title: 'Word list' } },
      plain: { type: 'array', title: 'Plain', items: { type: 'string' } },
      links: { type: 'object', title: 'Links' },
    },
  }
  expect(ruleName(fieldOf({ type: 'object', properties: { config } }), rule)).toBe(name)
})
