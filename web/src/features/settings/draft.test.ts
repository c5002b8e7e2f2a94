import { beforeEach, expect, test } from 'vitest'
import { Problem } from '@/api/problem'
import type { Session } from '@/session/port'
import { Draft, unsavedIn } from './draft.svelte'

interface Account {
  version: number
  name: string
  username: string
}

let account: Account
let save: (changed: Partial<Record<string, string>>) => Promise<Account>
let draft: Draft<Account, { name: string; username: string }>

const ada = {} as Session

const make = (session = ada) =>
  new Draft<Account, { name: string; username: string }>({
    session,
    key: 'account',
    current: () => account,
    read: ({ name, username }) => ({ name, username }),
    save: (changed) => save(changed),
  })

beforeEach(() => {
  account = { version: 1, name: 'Ada', username: 'ada' }
  save = (changed) => Promise.resolve({ ...account, ...changed, version: account.version + 1 })
  draft = make()
  draft.reset()
})

test('fields follow the thing until they are edited', () => {
  draft.set('name', 'Augusta ')
  account = { version: 2, name: 'Ada L.', username: 'countess' }
  expect([draft.get('name'), draft.get('username'), draft.changed]).toEqual(['Augusta ', 'countess', 1])
})

test('a space at the end can be typed', () => {
  draft.set('name', 'Ada ')
  expect([draft.get('name'), draft.changed]).toEqual(['Ada ', 0])
})

test('what was typed is there when one comes back', () => {
  draft.set('name', 'Augusta')
  expect(unsavedIn(ada).has('account')).toBe(true)
  expect(make().get('name')).toBe('Augusta')
  draft.reset()
  expect([unsavedIn(ada).has('account'), make().get('name')]).toEqual([false, 'Ada'])
})

test('what was typed goes with the session', () => {
  draft.set('name', 'Augusta')
  expect(make({} as Session).get('name')).toBe('Ada')
})

test('saved: the answer holds until its event comes, and what the node made of it is shown', async () => {
  save = () => Promise.resolve({ version: 2, name: 'Ada', username: 'augusta' })
  draft.set('username', 'Augusta')
  expect(await draft.save()).toBe(true)
  expect([draft.get('username'), draft.changed, unsavedIn(ada).has('account')]).toEqual(['augusta', 0, false])
  account = { version: 3, name: 'Ada', username: 'countess' }
  expect(draft.get('username')).toBe('countess')
})

test('what is typed while it is sent stays', async () => {
  save = (changed) => {
    draft.set('name', 'Augusta Ada')
    return Promise.resolve({ ...account, ...changed, version: 2 })
  }
  draft.set('name', 'Augusta')
  await draft.save()
  expect([draft.get('name'), draft.changed]).toEqual(['Augusta Ada', 1])
})

test('a second save does not run beside the first', async () => {
  draft.set('name', 'Augusta')
  const first = draft.save()
  expect(await draft.save()).toBe(false)
  expect(await first).toBe(true)
})

test('refused: the reason at its field, what was typed stays', async () => {
  save = () => Promise.reject(new Problem('username_taken', 409, { detail: 'Someone has it.' }))
  draft.set('username', 'bob')
  expect(await draft.save()).toBe(false)
  expect([draft.field('username'), draft.rest, draft.get('username')]).toEqual(['Someone has it.', '', 'bob'])
  draft.set('username', 'bobby')
  expect(draft.field('username')).toBeUndefined()
})

test('refused for a field that is not here: told beside', async () => {
  save = () => Promise.reject(new Problem('forbidden', 403, { detail: 'Not you.' }))
  draft.set('name', 'Augusta')
  await draft.save()
  expect([draft.field('name'), draft.rest]).toEqual([undefined, 'Not you.'])
})
