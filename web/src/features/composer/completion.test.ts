import { expect, test } from 'vitest'
import { channelMention, complete, tokenAt } from './completion'

// | is the caret.
const at = (marked: string) => tokenAt(marked.replace('|', ''), marked.indexOf('|'))

test.each([
  ['@|', 'person', ''],
  ['hi @ad|', 'person', 'ad'],
  ['(@ada.l|', 'person', 'ada.l'],
  ['@Élo| there', 'person', 'Élo'],
  ['line\n@b|', 'person', 'b'],
  ['#|', 'channel', ''],
  ['see #gén|', 'channel', 'gén'],
  ['see #🎈-bal|', 'channel', '🎈-bal'],
  ['`code` @a|', 'person', 'a'],
])('%s names a %s', (marked, kind, query) => expect(at(marked)).toMatchObject({ kind, query }))

test.each([
  'mail@exa|',
  'issue#1|',
  '@ada |',
  '@a|da',
  '|@ada',
  '##|',
  '# heading|',
  '@@a|',
  '`@a|',
  '```\n@a|',
  'plain|',
  '@' + 'a'.repeat(101) + '|',
])('%s names nothing', (marked) => expect(at(marked)).toBeNull())

test('a choice takes the place of its token', () => {
  const token = { kind: 'person', query: 'ad', from: 3, to: 6 } as const
  expect(complete('hi @ad', token, '@ada')).toEqual({ from: 3, to: 6, insert: '@ada ', start: 8, end: 8 })
  expect(complete('hi @ad, so', token, '@ada')).toEqual({ from: 3, to: 6, insert: '@ada ', start: 8, end: 8 })
  expect(complete('hi @ad so', token, '@ada')).toEqual({ from: 3, to: 7, insert: '@ada ', start: 8, end: 8 })
})

test('a channel is named as the node finds it', () => {
  const general = { id: '1', name: 'général' }
  expect(channelMention(general, [general])).toBe('#général')
  expect(channelMention(general, [general, { id: '2', name: 'Général' }])).toBe('<#1>')
  expect(channelMention({ id: '3', name: 'two words' }, [])).toBe('<#3>')
})
