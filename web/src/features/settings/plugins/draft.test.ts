import { beforeEach, expect, test } from 'vitest'
import { Problem } from '@/api/problem'
import type { Session } from '@/session/port'
import type { ServerPlugin } from '@contract/types.gen'
import { unsavedIn } from '../draft.svelte'
import { config, dryRun, onFailure, PluginDraft } from './draft.svelte'
import { memberOf, valueOf, type Typed, type TypedGroup, type TypedList } from './form/typed'

interface Call {
  operation: string
  headers?: Record<string, string>
  body?: unknown
}

const schema = {
  type: 'object',
  properties: {
    words: { type: 'array', title: 'Words', items: { type: 'string', maxLength: 5 }, 'x-beep': { widget: 'words' } },
    limit: { type: 'integer', title: 'Limit', minimum: 0 },
    lists: { type: 'array', items: { type: 'object', required: ['pattern'], properties: { pattern: { type: 'string' } } } },
  },
  required: ['words', 'limit', 'lists'],
}
const first: ServerPlugin = {
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
  config: { words: ['a'], limit: 3, lists: [{ pattern: 'x' }, { pattern: 'y' }] },
  config_schema: schema,
  revision: 4,
}

let node: ServerPlugin
let calls: Call[]
let answers: Record<string, () => unknown>
let session: Session
let draft: PluginDraft

const make = () => new PluginDraft(session, '1', node)
const edit = (name: string, typed: Typed) =>
  draft.set(config, { ...group(), members: { ...group().members, [name]: typed } }, `${config}/${name}`)
const group = () => memberOf(draft.typed, { name: 'config' } as never) as TypedGroup
const shown = () => valueOf(draft.field, draft.typed) as { config: Record<string, unknown>; dry_run: boolean; on_failure: string }
const saved = (changed: Partial<ServerPlugin>) => ({ ...node, ...changed, revision: node.revision + 1 })

beforeEach(() => {
  node = first
  calls = []
  answers = {
    updatePlugin: () => (node = saved(calls.at(-1)?.body as Partial<ServerPlugin>)),
    getPlugin: () => node,
  }
  session = {
    rest: async (operation: string, options: { headers?: Record<string, string>; body?: unknown }) => {
      calls.push({ operation, headers: options.headers, body: options.body })
      return answers[operation]?.()
    },
  } as unknown as Session
  draft = make()
})

test('saves what changed and nothing else, on the revision it was made from', async () => {
  edit('words', 'a\nb')
  draft.set(dryRun, true)
  expect(draft.changed).toBe(2)
  expect(await draft.save()).toBe(true)
  expect(calls).toEqual([
    {
      operation: 'updatePlugin',
      headers: { 'If-Match': '"v4"' },
      body: { dry_run: true, config: { ...first.config, words: ['a', 'b'] } },
    },
  ])
  expect([draft.changed, draft.plugin.revision]).toEqual([0, 5])
})

test('what is wrong is told at its place, and nothing is sent', async () => {
  edit('words', 'much too long')
  expect(draft.problem(`${config}/words`)).toBeUndefined()
  draft.leave(`${config}/words`)
  expect(draft.problem(`${config}/words`)).toBe('Line 1: Too long by 8 characters')
  edit('limit', 'x')
  expect(draft.problem(`${config}/limit`)).toBeUndefined()
  expect(await draft.save()).toBe(false)
  expect(draft.problem(`${config}/limit`)).toBe('This is not a number')
  expect(draft.wrongIn(config)).toBe(true)
  expect(calls).toEqual([])
})

test('refused by the node: at its field, also when that is moved; all that was typed stays', async () => {
  answers.updatePlugin = () => {
    const errors = [
      { pointer: '/config/lists/1/pattern', code: 'refused_by_plugin', detail: 'No expression.' },
      { pointer: '/config/nowhere', code: 'invalid', detail: 'Not here.' },
    ]
    throw new Problem('validation_failed', 422, { detail: 'Look again.', errors })
  }
  edit('limit', '9')
  expect(await draft.save()).toBe(false)
  const [one, two] = (group().members.lists as TypedList).items
  expect(draft.problem(`${config}/lists/${two?.key}/pattern`)).toBe('No expression.')
  expect([draft.rest, shown().config.limit]).toEqual(['Not here.', 9])
  draft.set(config, { ...group(), members: { ...group().members, lists: { items: [two!, one!] } } }, `${config}/lists/`)
  expect(draft.problem(`${config}/lists/${two?.key}/pattern`)).toBe('No expression.')
  const items = [{ key: two!.key, typed: { members: { pattern: 'z' }, rest: {} } }, one!]
  draft.set(config, { ...group(), members: { ...group().members, lists: { items } } }, `${config}/lists/${two?.key}/pattern`)
  expect(draft.problem(`${config}/lists/${two?.key}/pattern`)).toBeUndefined()
})

test('refused for another reason: told beside', async () => {
  answers.updatePlugin = () => {
    throw new Problem('plugin_unavailable', 503, { detail: 'Not now.' })
  }
  draft.set(onFailure, 'closed')
  expect(await draft.save()).toBe(false)
  expect([draft.rest, draft.changed, shown().on_failure]).toEqual(['Not now.', 1, 'closed'])
})

test('someone else saved: their part is taken over, and what is typed here stays', () => {
  edit('words', 'a\nmine')
  draft.meet(saved({ config: { ...first.config, limit: 8 } }))
  expect(shown().config).toMatchObject({ words: ['a', 'mine'], limit: 8 })
  expect([draft.changed, draft.joined, draft.conflicts.length]).toEqual([1, true, 0])
  draft.dismissJoined()
  expect(draft.joined).toBe(false)
})

test('untouched, it follows silently', () => {
  draft.meet(saved({ config: { ...first.config, limit: 8 } }))
  expect([shown().config.limit, draft.changed, draft.joined]).toEqual([8, 0, false])
})

test('an older answer changes nothing', () => {
  draft.meet({ ...first, revision: 3, config: { ...first.config, limit: 1 } })
  expect(shown().config.limit).toBe(3)
})

test('both changed the same: it is told, and one chooses', () => {
  edit('limit', '5')
  draft.meet(saved({ config: { ...first.config, limit: 8 } }))
  const [conflict] = draft.conflicts
  expect([conflict?.path, conflict && draft.placeOf(conflict), shown().config.limit]).toEqual([`${config}/limit`, 'Limit', 5])
  draft.take(conflict!)
  expect([shown().config.limit, draft.changed, draft.conflicts.length]).toEqual([8, 0, 0])
})

test('both changed the same: mine stays and is saved over theirs', async () => {
  edit('limit', '5')
  node = saved({ config: { ...first.config, limit: 8 } })
  draft.meet(node)
  expect(await draft.save()).toBe(false)
  expect(calls).toEqual([])
  draft.keepMine(draft.conflicts[0]!)
  expect(await draft.save()).toBe(true)
  expect(calls[0]?.headers).toEqual({ 'If-Match': '"v5"' })
  expect(calls[0]?.body).toEqual({ config: { ...first.config, limit: 5 } })
})

test('a conflict that they took back, or that they settled, is none any more', () => {
  edit('limit', '5')
  draft.meet(saved({ config: { ...first.config, limit: 8 } }))
  draft.meet({ ...saved({ dry_run: true, config: { ...first.config, limit: 8 } }), revision: 6 })
  expect(draft.conflicts.length).toBe(1)
  draft.meet({ ...first, config: { ...first.config, limit: 9 }, revision: 7 })
  expect(draft.conflicts.map(({ theirs }) => theirs)).toEqual(['9'])
  draft.meet({ ...first, config: { ...first.config, limit: 5 }, revision: 8 })
  expect([draft.conflicts.length, draft.changed]).toEqual([0, 0])
})

test('412: what is there now comes in, nothing typed is lost, and the next save works', async () => {
  edit('words', 'a\nmine')
  const update = answers.updatePlugin!
  answers.updatePlugin = () => {
    node = saved({ config: { ...first.config, limit: 8 } })
    answers.updatePlugin = update
    throw new Problem('version_conflict', 412, { detail: 'Changed.' })
  }
  expect(await draft.save()).toBe(false)
  expect(draft.rest).toMatch(/^Someone else saved/)
  expect(shown().config).toMatchObject({ words: ['a', 'mine'], limit: 8 })
  expect(await draft.save()).toBe(true)
  expect(calls.at(-1)?.headers).toEqual({ 'If-Match': '"v5"' })
  expect(calls.at(-1)?.body).toEqual({ config: { ...first.config, words: ['a', 'mine'], limit: 8 } })
})

test('what is typed while it is saved stays unsaved', async () => {
  answers.updatePlugin = () => {
    edit('limit', '7')
    return (node = saved(calls.at(-1)?.body as Partial<ServerPlugin>))
  }
  edit('limit', '5')
  expect(await draft.save()).toBe(true)
  expect([shown().config.limit, draft.changed]).toEqual([7, 1])
})

test('what is not saved is there when one comes back, with what was saved meanwhile', () => {
  edit('limit', '5')
  expect(unsavedIn(session).size).toBe(1)
  node = saved({ config: { ...first.config, words: ['theirs'] } })
  draft = make()
  expect(shown().config).toMatchObject({ limit: 5, words: ['theirs'] })
  expect([draft.changed, draft.joined]).toEqual([1, true])
  draft.reset()
  expect([draft.changed, unsavedIn(session).size, shown().config.limit]).toEqual([0, 0, 3])
})

test('another version of the plugin has another form, and keeps what is typed', () => {
  edit('limit', '5')
  const properties = { ...schema.properties, extra: { type: 'boolean', default: true } }
  draft.meet({ ...first, config: { ...first.config, extra: true }, config_schema: { ...schema, properties } })
  expect(shown().config).toMatchObject({ limit: 5, extra: true })
  expect(draft.changed).toBe(1)
})

test('a trial takes the configuration along where it is not saved', async () => {
  answers.tryPlugin = () => ({ action: 'allow' })
  await draft.trial('hello', '')
  edit('limit', '5')
  expect(await draft.trial('hello', '7')).toEqual({ action: 'allow' })
  expect(calls.map(({ body }) => body)).toEqual([
    { content: 'hello', channel_id: null },
    { content: 'hello', channel_id: '7', config: { ...first.config, limit: 5 } },
  ])
})

test('a trial of what is wrong tells where', async () => {
  edit('limit', 'x')
  expect(await draft.trial('hello', '')).toBeUndefined()
  expect([draft.problem(`${config}/limit`), calls.length]).toEqual(['This is not a number', 0])
  edit('limit', '5')
  answers.tryPlugin = () => {
    throw new Problem('validation_failed', 422, {
      errors: [{ pointer: '/config/limit', code: 'invalid', detail: 'No.' }],
    } as never)
  }
  expect(await draft.trial('hello', '')).toBeUndefined()
  expect(draft.problem(`${config}/limit`)).toBe('No.')
  answers.tryPlugin = () => {
    throw new Problem('rate_limited', 429, { detail: 'Slower.' })
  }
  await expect(draft.trial('hello', '')).rejects.toThrow('Slower.')
})
