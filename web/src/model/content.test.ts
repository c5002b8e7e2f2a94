import { expect, test } from 'vitest'
import { readable } from './content'

const names = {
  user: (id: string) => ({ 1: 'ada', 2: 'zoé.b' })[id],
  channel: (id: string) => ({ 5: 'général', 6: 'two words' })[id],
}
const mentions = { users: ['1', '2', '3'], channels: ['5', '6'], roles: [], everyone: false }

test.each([
  ['hi <@1>, see <#5>', 'hi @ada, see #général'],
  ['<@2><@2>', '@zoé.b@zoé.b'],
  ['<@3> is unknown here', '<@3> is unknown here'],
  ['`<@9>` was never a mention', '`<@9>` was never a mention'],
  ['<#6> would not be read again', '<#6> would not be read again'],
  ['<@&1> is a role', '<@&1> is a role'],
])('%s', (content, typed) => expect(readable({ content, mentions }, names)).toBe(typed))

test('a text that is no message names whom it likes', () =>
  expect(readable({ content: '<@1> <#5> <@9> `<@2>`' }, names)).toBe('@ada #général <@9> `@zoé.b`'))
