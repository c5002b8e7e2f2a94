import type { Field, GroupField } from './fields'
import type { Schema } from './schema'

/**
 * What stands in a form: text as it is typed, though it may not be a value yet. Plain data, so that it can be kept. A property that
 * is left out is undefined until it is edited.
 */
export type Typed = string | boolean | readonly string[] | TypedList | TypedGroup

/** The items of a list. A key names an item for as long as it is there, wherever it is moved. */
export interface TypedList {
  readonly items: readonly { readonly key: string; readonly typed: Typed }[]
}

export interface TypedGroup {
  readonly members: Readonly<Record<string, Typed | undefined>>
  /** Properties that the schema does not name: they are kept as they are. */
  readonly rest: Readonly<Record<string, unknown>>
}

let keys = 0

/** A new item of a list. */
export const itemOf = (typed: Typed) => ({ key: `k${++keys}`, typed })

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isStrings = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string')

/** typedOf gives the form of a value. What does not fit its field, such as nothing at all, becomes the field's default. */
export function typedOf(field: Field, value: unknown): Typed {
  switch (field.kind) {
    case 'group':
      return isObject(value) ? groupOf(field, value) : blank(field)
    case 'list':
      return Array.isArray(value) ? { items: value.map((item) => itemOf(typedOf(field.item, item))) } : blank(field)
    case 'lines':
      return isStrings(value) ? value.join('\n') : blank(field)
    case 'channels':
      return isStrings(value) ? value : blank(field)
    case 'choice':
    case 'text':
      return typeof value === 'string' ? value : blank(field)
    case 'number':
      return typeof value === 'number' ? String(value) : blank(field)
    case 'switch':
      return typeof value === 'boolean' ? value : blank(field)
    case 'json':
      return value === undefined ? blank(field) : JSON.stringify(value, null, 2)
  }
}

function groupOf(field: GroupField, value: Record<string, unknown>): TypedGroup {
  const members: Record<string, Typed | undefined> = {}
  for (const member of field.members) {
    const absent = member.optional && value[member.name] === undefined
    members[member.name] = absent ? undefined : typedOf(member, value[member.name])
  }
  return { members, rest: Object.fromEntries(Object.entries(value).filter(([name]) => !(name in members))) }
}

/** blank is what a field begins with: its default, or as little as there can be. */
export function blank(field: Field): Typed {
  if (field.schema.default !== undefined)
    return typedOf({ ...field, schema: { ...field.schema, default: undefined } }, field.schema.default)
  switch (field.kind) {
    case 'group':
      return groupOf(field, {})
    case 'list':
      return { items: Array.from({ length: field.schema.minItems ?? 0 }, () => itemOf(blank(field.item))) }
    case 'channels':
      return []
    case 'choice':
      return field.optional ? '' : (field.options[0]?.value ?? '')
    case 'switch':
      return false
    case 'number':
      return field.optional ? '' : String(nearestToZero(field.schema))
    default:
      return ''
  }
}

const nearestToZero = ({ minimum = -Infinity, maximum = Infinity }: Schema) => Math.min(maximum, Math.max(minimum, 0))

/** The entries of a text area that has one a line. Words and hosts mean nothing by the spaces around them. */
export function linesIn(text: string, of: 'words' | 'lines' | 'hosts'): { line: number; entry: string }[] {
  return text
    .split('\n')
    .map((raw, at) => ({ line: at + 1, entry: of === 'lines' ? raw.replace(/\r$/, '') : raw.trim() }))
    .filter(({ entry }) => entry.trim() !== '')
}

/** valueOf gives the value of a form that was checked; undefined for one that is left out. */
export function valueOf(field: Field, typed: Typed | undefined): unknown {
  if (typed === undefined) return undefined
  switch (field.kind) {
    case 'group':
      return groupValue(field, typed as TypedGroup)
    case 'list':
      return (typed as TypedList).items.map((item) => valueOf(field.item, item.typed))
    case 'lines':
      return linesIn(typed as string, field.of).map(({ entry }) => entry)
    case 'number':
      return (typed as string).trim() === '' ? undefined : Number(typed)
    case 'json':
      return (typed as string).trim() === '' ? undefined : parsed(typed as string)
    case 'choice':
      return typed === '' && !field.options.some(({ value }) => value === '') ? undefined : typed
    case 'text':
      return typed === '' && field.optional && (field.schema.minLength ?? 0) > 0 ? undefined : typed
    default:
      return typed
  }
}

function groupValue(field: GroupField, typed: TypedGroup): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const member of field.members) {
    const one = valueOf(member, typed.members[member.name])
    if (one !== undefined) value[member.name] = one
  }
  return { ...value, ...typed.rest }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** same tells whether two forms of a field hold the same, however their items are called. */
export function same(field: Field, a: Typed | undefined, b: Typed | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined) return false
  switch (field.kind) {
    case 'group':
      return (
        field.members.every((member) => same(member, memberOf(a, member), memberOf(b, member))) &&
        JSON.stringify((a as TypedGroup).rest) === JSON.stringify((b as TypedGroup).rest)
      )
    case 'list': {
      const [one, other] = [(a as TypedList).items, (b as TypedList).items]
      return one.length === other.length && one.every((item, at) => same(field.item, item.typed, other[at]?.typed))
    }
    default:
      return leaf(field, a) === leaf(field, b)
  }
}

/** What two forms of one value have in common: entries without the empty lines, JSON without its spaces. */
function leaf(field: Field, typed: Typed): string {
  const value = valueOf(field, typed)
  return value === undefined || Number.isNaN(value) ? JSON.stringify(typed) : JSON.stringify(value)
}

/** The form of a property; undefined where it is left out. */
export const memberOf = (typed: Typed, member: Field): Typed | undefined => (typed as TypedGroup).members[member.name]
