import { codePoints } from '@/text/code_points'
import type { Field, LinesField, ListField, NumberField, TextField } from './fields'
import { below } from './paths'
import { t } from './texts'
import { linesIn, memberOf, valueOf, type Typed, type TypedList } from './typed'

/** What is wrong at one place of a form. */
export interface Issue {
  /** Names of properties and keys of items, from the whole to the value: "/lists/k4/words". */
  readonly path: string
  readonly text: string
}

/** check finds what the schema forbids, so that a person need not ask the node to know. */
export function check(field: Field, typed: Typed | undefined, path = ''): Issue[] {
  if (typed === undefined) return []
  const wrong = (text: string | undefined): Issue[] => (text === undefined ? [] : [{ path, text }])
  switch (field.kind) {
    case 'group':
      return field.members.flatMap((member) => check(member, memberOf(typed, member), below(path, member.name)))
    case 'list':
      return [
        ...wrong(listProblem(field, typed as TypedList)),
        ...(typed as TypedList).items.flatMap((item) => check(field.item, item.typed, below(path, item.key))),
      ]
    case 'lines':
      return wrong(linesProblem(field, typed as string))
    case 'channels':
      return wrong(countProblem(field, (typed as readonly string[]).length))
    case 'text':
      return wrong(valueOf(field, typed) === undefined ? undefined : textProblem(field, typed as string))
    case 'number':
      return wrong(numberProblem(field, (typed as string).trim()))
    case 'json':
      return wrong(jsonProblem(field, typed as string))
    default:
      return []
  }
}

function countProblem({ schema }: Field, n: number): string | undefined {
  if (n > (schema.maxItems ?? Infinity)) return t('most_items', { n: schema.maxItems ?? 0 })
  if (n < (schema.minItems ?? 0)) return t('least_items', { n: schema.minItems ?? 0 })
  return undefined
}

function listProblem(field: ListField, { items }: TypedList): string | undefined {
  const values = items.map((item) => JSON.stringify(valueOf(field.item, item.typed)))
  const twice = field.schema.uniqueItems && new Set(values).size < values.length
  return countProblem(field, items.length) ?? (twice ? t('twice') : undefined)
}

function linesProblem(field: LinesField, text: string): string | undefined {
  const lines = linesIn(text, field.of)
  const seen = new Map<string, number>()
  for (const { line, entry } of lines) {
    const problem = field.schema.items && stringProblem(field.schema.items, entry)
    if (problem) return t('line', { line, problem })
    const before = seen.get(entry)
    if (field.schema.uniqueItems && before !== undefined) return t('line_twice', { line, before })
    seen.set(entry, line)
  }
  return countProblem(field, lines.length)
}

function textProblem({ schema, optional }: TextField, text: string): string | undefined {
  if (text === '' && !optional && (schema.minLength ?? 0) > 0) return t('needed')
  return stringProblem(schema, text)
}

function stringProblem({ minLength = 0, maxLength = Infinity, pattern }: Field['schema'], text: string): string | undefined {
  const length = codePoints(text)
  if (length > maxLength) return t('too_long', { n: length - maxLength })
  if (length < minLength) return t('too_short', { n: minLength - length })
  return pattern !== undefined && !matches(pattern, text) ? t('bad_form') : undefined
}

/** A pattern this browser cannot read is left to the node. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true
  }
}

function numberProblem({ schema, optional }: NumberField, text: string): string | undefined {
  if (text === '') return optional ? undefined : t('needed')
  const value = Number(text)
  if (!Number.isFinite(value)) return t('no_number')
  if (schema.type === 'integer' && !Number.isInteger(value)) return t('no_integer')
  const { minimum = -Infinity, maximum = Infinity } = schema
  if (value >= minimum && value <= maximum) return undefined
  if (minimum > -Infinity && maximum < Infinity) return t('between', { min: minimum, max: maximum })
  return value < minimum ? t('at_least', { n: minimum }) : t('at_most', { n: maximum })
}

function jsonProblem({ optional }: Field, text: string): string | undefined {
  if (text.trim() === '') return optional ? undefined : t('needed')
  try {
    JSON.parse(text)
    return undefined
  } catch {
    return t('no_json')
  }
}
