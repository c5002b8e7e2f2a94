import { expect, test } from 'vitest'
import { address, parse, type Route } from './route'

const places: [string, Route][] = [
  ['/', { name: 'home' }],
  ['/sign-in', { name: 'sign-in' }],
  ['/invite/aB3_x', { name: 'invite', code: 'aB3_x' }],
  ['/s/12', { name: 'server', server: '12' }],
  ['/s/12/34', { name: 'channel', server: '12', channel: '34' }],
  ['/s/12/34/56', { name: 'channel', server: '12', channel: '34', message: '56' }],
  ['/s/12/34/settings', { name: 'channel-settings', server: '12', channel: '34' }],
  ['/s/12/settings/invites', { name: 'server-settings', server: '12', page: 'invites' }],
  ['/s/12/settings/plugins', { name: 'server-settings', server: '12', page: 'plugins' }],
  ['/s/12/settings/plugins/chat.beep.x', { name: 'plugin-settings', server: '12', plugin: 'chat.beep.x', page: 'settings' }],
  [
    '/s/12/settings/plugins/chat.beep.x/verdicts',
    { name: 'plugin-settings', server: '12', plugin: 'chat.beep.x', page: 'verdicts' },
  ],
  ['/settings/sessions', { name: 'settings', page: 'sessions' }],
]

test.each(places)('%s', (path, route) => {
  expect(parse(path)).toEqual(route)
  expect(address(route)).toBe(path)
})

test.each([
  '/x',
  '/s/abc',
  '/s/1/b',
  '/s/1/2/b',
  '/s/1/2/3/4',
  '/settings/none',
  '/s/1/settings/none',
  '/s/1/settings/plugins/Bad_Name',
  '/s/1/settings/plugins/chat.beep.x/none',
  '/s/1/settings/plugins/chat.beep.x/verdicts/more',
  '/s/x/settings/plugins/chat.beep.x',
  '/sign-in/x',
  '/invite',
])('%s leads nowhere', (path) => expect(parse(path)).toEqual({ name: 'nowhere' }))

test('the set-up link keeps its token behind #', () => {
  expect(parse('/', '#/setup/beep_setup_x-1')).toEqual({ name: 'setup', token: 'beep_setup_x-1' })
  expect(address({ name: 'setup', token: 't' })).toBe('/#/setup/t')
})

test('a broken escape is a name, not a crash', () =>
  expect(parse('/invite/%E0%A4%A')).toEqual({ name: 'invite', code: '%E0%A4%A' }))
