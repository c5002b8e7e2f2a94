import type { Locale } from '@/text/locale.svelte'

/** One text in several languages; English stands in for what is missing. */
export type Said = Partial<Record<Locale, string>>

/** How a value asks to be shown. */
export interface Look {
  readonly widget?: string
  readonly fr?: { readonly title?: string; readonly description?: string }
  /** What the values of an enum are called. */
  readonly labels?: Readonly<Record<string, Said>>
  readonly section?: boolean
}

/** The words of JSON Schema (2020-12) that a plugin's configuration may be described with (docs/plugins/abi.md). */
export interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly pattern?: string
  readonly default?: unknown
  readonly title?: string
  readonly description?: string
  readonly 'x-beep'?: Look
}

const words = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'pattern',
  'default',
  'title',
  'description',
  'x-beep',
  '$schema',
])

/** Whether every word of a schema, besides those of its parts, is one of ours. */
export const isKnown = (schema: Schema): boolean => Object.keys(schema).every((word) => words.has(word))
