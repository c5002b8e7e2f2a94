import { expect, test } from 'vitest'
import type { Names } from './names'
import type { RichNode } from './rich'
import { spoken } from './spoken'

const names: Names = {
  users: { 1: 'Ada' },
  channels: { 5: { name: 'general', href: '/s/1/5' } },
  me: '2',
  myRoles: [],
  everyone: false,
}
const of = (tag: string, children: RichNode[], attributes: Record<string, string> = {}): RichNode => ({
  tag,
  attributes,
  children,
})

test.each<[string, RichNode[], string]>([
  ['marks are not read', [of('p', ['a ', of('strong', ['b']), of('em', ['c'])])], 'a bc'],
  ['a spoiler stays covered', [of('p', ['so ', of('span', ['it ', of('em', ['dies'])], { class: 'spoiler' })])], 'so spoiler'],
  [
    'blocks and breaks are words apart',
    [of('p', ['a', of('br', []), 'b']), of('ul', [of('li', ['c']), of('li', ['d'])])],
    'a b c d',
  ],
  ['names are those of now', [of('p', [of('span', ['@old'], { class: 'mention', 'data-user': '1' })])], '@Ada'],
  ['and of channels', [of('p', [of('span', ['#old'], { class: 'mention', 'data-channel': '5' })])], '#general'],
  ['who is not known', [of('p', [of('span', ['@old'], { class: 'mention', 'data-user': '9' })])], '@someone'],
])('%s', (_, nodes, want) => expect(spoken(nodes, names)).toBe(want))
