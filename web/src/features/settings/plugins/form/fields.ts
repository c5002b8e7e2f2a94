import { isKnown, type Said, type Schema } from './schema'

interface Base {
  /** Its name among the properties; "" for the whole and for the items of a list. */
  readonly name: string
  readonly title: Said
  readonly description: Said
  readonly schema: Schema
  /** The value may be left out. */
  readonly optional: boolean
}

/** An object: its properties one below the other, a section with a heading where it asks for one. */
export type GroupField = Base & { readonly kind: 'group'; readonly section: boolean; readonly members: readonly Field[] }
/** An array of which each item has a card. */
export type ListField = Base & { readonly kind: 'list'; readonly section: boolean; readonly item: Field }
/** An array of strings in one text area, one a line. */
export type LinesField = Base & { readonly kind: 'lines'; readonly of: 'words' | 'lines' | 'hosts' }
/** An array of ids of channels. */
export type ChannelsField = Base & { readonly kind: 'channels' }
/** One of a few strings. */
export type ChoiceField = Base & {
  readonly kind: 'choice'
  readonly options: readonly { readonly value: string; readonly label: Said }[]
}
export type TextField = Base & { readonly kind: 'text'; readonly look: 'line' | 'area' | 'code' }
export type NumberField = Base & { readonly kind: 'number' }
export type SwitchField = Base & { readonly kind: 'switch' }
/** What no widget fits: the value as JSON. */
export type JsonField = Base & { readonly kind: 'json' }

/** How one value of a configuration is edited. */
export type Field =
  GroupField | ListField | LinesField | ChannelsField | ChoiceField | TextField | NumberField | SwitchField | JsonField

/** fieldOf plans the form of a schema. A part that says something the form does not know is edited as JSON, so nothing is lost. */
export function fieldOf(schema: Schema, name = '', optional = false): Field {
  const look = schema['x-beep']
  const base: Base = {
    name,
    title: { en: schema.title ?? '', fr: look?.fr?.title ?? schema.title ?? '' },
    description: { en: schema.description ?? '', fr: look?.fr?.description ?? schema.description ?? '' },
    schema,
    optional,
  }
  if (!isKnown(schema)) return { ...base, kind: 'json' }
  switch (schema.type) {
    case 'object':
      return { ...base, kind: 'group', section: look?.section === true, members: membersOf(schema) }
    case 'array':
      return arrayOf(base)
    case 'string':
      return stringOf(base)
    case 'integer':
    case 'number':
      return { ...base, kind: schema.enum ? 'json' : 'number' }
    case 'boolean':
      return { ...base, kind: schema.enum ? 'json' : 'switch' }
    default:
      return { ...base, kind: 'json' }
  }
}

function membersOf({ properties = {}, required = [] }: Schema): Field[] {
  return Object.entries(properties).map(([name, schema]) => fieldOf(schema, name, !required.includes(name)))
}

function arrayOf(base: Base): Field {
  const { items, 'x-beep': look } = base.schema
  if (!items) return { ...base, kind: 'json' }
  const plain = items.type === 'string' && !items.enum && isKnown(items)
  switch (look?.widget) {
    case 'words':
    case 'lines':
    case 'hosts':
      if (plain) return { ...base, kind: 'lines', of: look.widget }
      break
    case 'channels':
      if (plain) return { ...base, kind: 'channels' }
  }
  return { ...base, kind: 'list', section: look?.section === true, item: fieldOf(items) }
}

function stringOf(base: Base): Field {
  const { enum: values, 'x-beep': look } = base.schema
  if (values) {
    if (!values.every((value) => typeof value === 'string')) return { ...base, kind: 'json' }
    const options = values.map((value) => ({ value, label: { en: value, ...look?.labels?.[value] } }))
    return { ...base, kind: 'choice', options }
  }
  const code = look?.widget === 'regex'
  const area = look?.widget === 'text' || look?.widget === 'lines'
  return { ...base, kind: 'text', look: code ? 'code' : area ? 'area' : 'line' }
}
