import { expect, test } from 'vitest'
import { check } from './check'
import { fieldOf, type Field, type GroupField } from './fields'
import { differences, merge, withAt } from './merge'
import { issueAt, titlesTo } from './places'
import type { Schema } from './schema'
import { shownAs, summary } from './summary'
import { drawing, schemaOf, valueBy } from './testing'
import { blank, same, typedOf, valueOf, type Typed, type TypedGroup, type TypedList } from './typed'

const object = (properties: Record<string, Schema>, required: string[] = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
})
const kindOf = (schema: Schema) => fieldOf(schema).kind
const strings = (widget?: string): Schema => ({
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: 5 },
  ...(widget && { 'x-beep': { widget } }),
})

test.each<[string, Schema, Field['kind']]>([
  ['an object', { type: 'object' }, 'group'],
  ['an array of objects', { type: 'array', items: { type: 'object' } }, 'list'],
  ['words', strings('words'), 'lines'],
  ['hosts', strings('hosts'), 'lines'],
  ['channels', strings('channels'), 'channels'],
  ['strings without a widget', strings(), 'list'],
  ['an enum', { type: 'string', enum: ['a'] }, 'choice'],
  ['a string', { type: 'string' }, 'text'],
  ['a whole number', { type: 'integer' }, 'number'],
  ['a boolean', { type: 'boolean' }, 'switch'],
  ['a word that is not known', { type: 'string', format: 'uri' } as Schema, 'json'],
  ['a type that is not known', { type: 'null' }, 'json'],
  ['several types', { type: ['string', 'null'] } as unknown as Schema, 'json'],
  ['an enum of numbers', { type: 'integer', enum: [1, 2] }, 'json'],
  ['an array of anything', { type: 'array' }, 'json'],
  ['a widget that does not fit', { type: 'array', items: { type: 'integer' }, 'x-beep': { widget: 'words' } }, 'list'],
])('%s', (_, schema, kind) => expect(kindOf(schema)).toBe(kind))

test('looks of a string, and labels of an enum', () => {
  const look = (widget?: string) => {
    const field = fieldOf({ type: 'string', 'x-beep': widget ? { widget } : {} })
    return field.kind === 'text' && field.look
  }
  expect([look(), look('regex'), look('text'), look('lines'), look('glitter')]).toEqual(['line', 'code', 'area', 'area', 'line'])
  const choice = fieldOf({ type: 'string', enum: ['a', 'b'], 'x-beep': { labels: { a: { en: 'One', fr: 'Un' } } } })
  expect(choice.kind === 'choice' && choice.options).toEqual([
    { value: 'a', label: { en: 'One', fr: 'Un' } },
    { value: 'b', label: { en: 'b' } },
  ])
})

test('titles in both languages; English stands in', () => {
  const { title, description } = fieldOf({ title: 'Words', description: 'Help', 'x-beep': { fr: { title: 'Mots' } } })
  expect([title, description]).toEqual([
    { en: 'Words', fr: 'Mots' },
    { en: 'Help', fr: 'Help' },
  ])
})

test('a value comes back from its form as it was, whatever the schema', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const draw = drawing(seed)
    const schema = schemaOf(draw)
    const value = valueBy(draw, schema)
    const field = fieldOf(schema)
    const typed = typedOf(field, value)
    expect(check(field, typed), `seed ${seed}: ${JSON.stringify(schema)}`).toEqual([])
    expect(valueOf(field, typed), `seed ${seed}: ${JSON.stringify(schema)}`).toEqual(value)
    expect(same(field, typed, typedOf(field, value)), `seed ${seed}`).toBe(true)
    const kept = JSON.parse(JSON.stringify(typed)) as Typed
    expect(valueOf(field, kept), `seed ${seed}: kept as JSON`).toEqual(value)
  }
})

test('what the schema does not name stays', () => {
  const field = fieldOf(object({ a: { type: 'string' } }))
  const typed = typedOf(field, { a: 'x', later: { deep: [1] } })
  expect(valueOf(field, typed)).toEqual({ a: 'x', later: { deep: [1] } })
})

test('what is left out shows its default, and stays out until it is edited', () => {
  const field = fieldOf(object({ a: { type: 'integer', default: 8 }, b: { type: 'string', enum: ['x', 'y'], default: 'y' } }, []))
  const typed = typedOf(field, {})
  expect(valueOf(field, typed)).toEqual({})
  expect((field as GroupField).members.map(blank)).toEqual(['8', 'y'])
  expect(valueOf(field, withAt(typed, '/a', '9') as Typed)).toEqual({ a: 9 })
})

test.each<[string, Schema, unknown]>([
  ['a number is in its bounds', { type: 'integer', minimum: 3 }, '3'],
  ['a number below zero', { type: 'integer', maximum: -2 }, '-2'],
  ['the first of an enum', { type: 'string', enum: ['a', 'b'] }, 'a'],
  ['a boolean', { type: 'boolean' }, false],
  ['lines', strings('words'), ''],
  ['a default that does not fit', { type: 'integer', default: 'x' }, '0'],
])('a new value: %s', (_, schema, typed) => expect(blank(fieldOf(schema))).toBe(typed))

test('a new list has as many items as it must', () => {
  const list = blank(fieldOf({ type: 'array', minItems: 2, items: { type: 'boolean' } })) as TypedList
  expect(list.items.map(({ typed }) => typed)).toEqual([false, false])
})

test('lines: empty ones are no entries, and spaces around words are nothing', () => {
  const words = fieldOf(strings('words'))
  expect(valueOf(words, ' a b \n\n\t\nc\r\n')).toEqual(['a b', 'c'])
  expect(valueOf(fieldOf(strings('lines')), ' a \n\nb\r')).toEqual([' a ', 'b'])
  expect(same(words, 'a\n\nb\n', 'a\nb')).toBe(true)
})

test.each<[string, Schema, Typed, string]>([
  ['a line that is too long', strings('words'), 'one\n\nmuch too long', 'Line 3: Too long by 8 characters'],
  ['too few lines', { ...strings('words'), minItems: 2 }, 'one\n', 'At least 2 entries'],
  ['too many lines', { ...strings('words'), maxItems: 1 }, 'a\nb', 'At most 1 entry'],
  ['a line twice', { ...strings('words'), uniqueItems: true }, 'a\nb\na', 'Line 3 says the same as line 1'],
  ['too long, counted in characters', { type: 'string', maxLength: 2 }, '😀😀😀', 'Too long by 1 character'],
  ['too short', { type: 'string', minLength: 3 }, 'a', '2 more characters are needed'],
  ['needed', { type: 'string', minLength: 1 }, '', 'Fill in this field.'],
  ['a form', { type: 'string', pattern: '^[0-9]+$' }, 'x', 'This does not have the right form'],
  ['no number', { type: 'integer' }, '1x', 'This is not a number'],
  ['an empty number', { type: 'integer' }, ' ', 'Fill in this field.'],
  ['no whole number', { type: 'integer' }, '1.5', 'Only whole numbers'],
  ['out of both bounds', { type: 'integer', minimum: 1, maximum: 9 }, '10', 'Between 1 and 9'],
  ['below', { type: 'integer', minimum: 1 }, '0', 'At least 1'],
  ['above', { type: 'integer', maximum: 1 }, '2', 'At most 1'],
  ['no JSON', { type: 'string', format: 'uri' } as Schema, '{', 'This is not valid JSON'],
  ['too many channels', { ...strings('channels'), maxItems: 1 }, ['1', '2'], 'At most 1 entry'],
])('wrong: %s', (_, schema, typed, text) => {
  expect(check(fieldOf(object({ it: schema })), { members: { it: typed }, rest: {} })).toEqual([{ path: '/it', text }])
})

test.each<[string, Schema, Typed]>([
  ['an optional text left empty', { type: 'string', minLength: 3 }, ''],
  ['an optional number left empty', { type: 'integer' }, ''],
  ['a pattern this browser cannot read', { type: 'string', pattern: '(?P<x>a)' }, 'b'],
])('not wrong: %s', (_, schema, typed) => {
  const field = fieldOf(object({ it: schema }, []))
  expect(check(field, { members: { it: typed }, rest: {} })).toEqual([])
})

test('what is left empty and may be is left out', () => {
  const field = fieldOf(object({ a: { type: 'string', minLength: 1 }, b: { type: 'integer' } }, []))
  expect(valueOf(field, { members: { a: '', b: '' }, rest: {} })).toEqual({})
})

const lists = object({
  lists: {
    type: 'array',
    title: 'Lists',
    items: object({ words: { ...strings('words'), title: 'Words' }, 'a/b': { type: 'string' } }),
  },
  any: { type: 'string', format: 'uri' } as Schema,
})
const filled = {
  lists: [
    { words: ['a'], 'a/b': '' },
    { words: ['b', 'c'], 'a/b': '' },
  ],
  any: { x: [1] },
}

test('a problem of the node finds its place', () => {
  const field = fieldOf(lists)
  const typed = typedOf(field, filled) as TypedGroup
  const key = (typed.members.lists as TypedList).items[1]?.key
  const edited = withAt(typed, '/lists', {
    items: (typed.members.lists as TypedList).items.map((item) => ({
      key: item.key,
      typed: withAt(item.typed, '/words', '\n' + (item.typed as TypedGroup).members.words) as Typed,
    })),
  })
  const at = (pointer: string) => issueAt(field, edited, pointer, 'no')
  expect(at('/lists/1/words/1')).toEqual({ path: `/lists/${key}/words`, text: 'Line 3: no' })
  expect(at('/lists/1/words')).toEqual({ path: `/lists/${key}/words`, text: 'no' })
  expect(at('/lists/1/a~1b')).toEqual({ path: `/lists/${key}/a~1b`, text: 'no' })
  expect(at('/lists')).toEqual({ path: '/lists', text: 'no' })
  expect(at('/any/x/0')).toEqual({ path: '/any', text: 'no' })
  expect(at('')).toEqual({ path: '', text: 'no' })
  expect([at('/lists/7/words'), at('/nothing'), at('/lists/1/nothing')]).toEqual([undefined, undefined, undefined])
  expect(titlesTo(field, edited, `/lists/${key}/words`).map(({ title }) => title.en)).toEqual(['Lists', '', 'Words'])
})

test('two people: each keeps what only that one changed, and what both changed is told', () => {
  const field = fieldOf(
    object({ a: { type: 'string' }, b: { type: 'string' }, deep: object({ c: { type: 'string' } }), n: { type: 'integer' } }),
  )
  const form = (a: string, b: string, c: string, n: number) => typedOf(field, { a, b, deep: { c }, n })
  const merged = merge(field, form('a', 'b', 'c', 1), form('mine', 'b', 'mine', 1), form('a', 'theirs', 'theirs', 1))
  expect(valueOf(field, merged.typed)).toEqual({ a: 'mine', b: 'theirs', deep: { c: 'mine' }, n: 1 })
  expect(merged.conflicts.map(({ path, theirs }) => [path, theirs])).toEqual([['/deep/c', 'theirs']])
  expect(merge(field, form('a', 'b', 'c', 1), form('x', 'b', 'c', 1), form('x', 'b', 'c', 1)).conflicts).toEqual([])
})

test('items of someone else come in the places of those that were there', () => {
  const field = fieldOf(lists)
  const base = typedOf(field, filled)
  const theirs = typedOf(field, { ...filled, lists: [{ words: ['z'], 'a/b': '' }, ...filled.lists] })
  const keys = (typed: Typed | undefined) => ((typed as TypedGroup).members.lists as TypedList).items.map(({ key }) => key)
  const merged = merge(field, base, base, theirs)
  expect(keys(merged.typed).slice(0, 2)).toEqual(keys(base))
  expect(keys(merged.typed)[2]).toBe(keys(theirs)[2])
  expect(valueOf(field, merged.typed)).toEqual(valueOf(field, theirs))
})

test('a merge of what one side left alone is the other side, whatever the schema', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const draw = drawing(seed)
    const schema = schemaOf(draw)
    const field = fieldOf(schema)
    const [base, other] = [typedOf(field, valueBy(draw, schema)), typedOf(field, valueBy(draw, schema))]
    for (const merged of [merge(field, base, other, base), merge(field, base, base, other), merge(field, base, other, other)]) {
      expect(same(field, merged.typed, other), `seed ${seed}`).toBe(true)
      expect(merged.conflicts, `seed ${seed}`).toEqual([])
    }
    expect(differences(field, base, other) === 0, `seed ${seed}`).toBe(same(field, base, other))
  }
})

test('how many values differ', () => {
  const field = fieldOf(lists)
  const typed = typedOf(field, filled)
  expect(differences(field, typed, typedOf(field, filled))).toBe(0)
  expect(differences(field, typed, typedOf(field, { ...filled, any: 1, lists: [] }))).toBe(2)
})

test('a list item in one line, and a value beside another', () => {
  const item = fieldOf(
    object(
      {
        words: strings('words'),
        action: { type: 'string', enum: ['reject', 'flag'], default: 'flag', 'x-beep': { labels: { flag: { en: 'Tell us' } } } },
      },
      ['words'],
    ),
  )
  expect(summary(item, typedOf(item, { words: ['a', 'b'] }))).toBe('a and b · Tell us')
  expect(summary(item, typedOf(item, { words: ['a', 'b', 'c', 'd', 'e'], action: 'reject' }))).toBe('a, b, c, d… · reject')
  expect(shownAs(fieldOf({ type: 'boolean' }), true)).toBe('On')
  expect(shownAs(fieldOf({ type: 'string' }), 'x'.repeat(400))).toHaveLength(301)
  const list = fieldOf({ type: 'array', items: { type: 'string' } })
  expect(shownAs(list, typedOf(list, ['one', 'two']))).toBe('one\ntwo')
})
