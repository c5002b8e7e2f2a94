import { expect, test } from 'vitest'
import { changes, unsent } from './changes'

const saved = { name: 'Atelier', topic: '', parent: '12' }

test.each([
  ['nothing edited', {}, {}],
  ['edited back', { name: 'Atelier' }, {}],
  ['a space at the end', { name: 'Atelier ' }, {}],
  ['one field', { name: ' Canal ', topic: '' }, { name: 'Canal' }],
  ['emptied', { parent: '' }, { parent: '' }],
])('%s', (_, edits, want) => expect(changes(saved, edits)).toEqual(want))

test('what was typed while the rest was sent stays', () => {
  const edits: Partial<typeof saved> = { name: 'Canal ', topic: 'now this' }
  expect(unsent(edits, { name: 'Canal', topic: 'now' })).toEqual({ topic: 'now this' })
})
