import type { Field } from './fields'
import type { Issue } from './check'
import { below, namesOf } from './paths'
import { t } from './texts'
import { linesIn, memberOf, type Typed, type TypedList } from './typed'

/**
 * issueAt brings a problem that the node told, a JSON Pointer (RFC 6901) into the value and a text, to the place of the form where
 * that value is edited. undefined: the form has no such place.
 */
export function issueAt(field: Field, typed: Typed | undefined, pointer: string, text: string): Issue | undefined {
  const steps = namesOf(pointer)
  let path = ''
  let here: Field = field
  let form = typed
  for (const [at, step] of steps.entries()) {
    const next: Step | undefined = into(here, form, step)
    if (!next) return isLeaf(here) ? { path, text: toldAt(here, form, steps[at] ?? '', text) } : undefined
    path = below(path, next.name)
    here = next.field
    form = next.typed
  }
  return { path, text }
}

interface Step {
  readonly name: string
  readonly field: Field
  readonly typed: Typed | undefined
}

function into(field: Field, typed: Typed | undefined, step: string): Step | undefined {
  if (field.kind === 'group') {
    const member = field.members.find(({ name }) => name === step)
    return member && { name: step, field: member, typed: typed === undefined ? undefined : memberOf(typed, member) }
  }
  if (field.kind !== 'list') return undefined
  const item = (typed as TypedList | undefined)?.items[Number(step)]
  return item && { name: item.key, field: field.item, typed: item.typed }
}

/** A value that is edited in one place, with everything in it. */
const isLeaf = (field: Field) => field.kind !== 'group' && field.kind !== 'list'

/** An entry of a text area is named by the line it stands in, which empty lines move. */
function toldAt(field: Field, typed: Typed | undefined, step: string, problem: string): string {
  if (field.kind !== 'lines' || typeof typed !== 'string') return problem
  const found = linesIn(typed, field.of)[Number(step)]
  return found ? t('line', { line: found.line, problem }) : problem
}

/** The titles on the way to a place, the value's own last; for telling a person which one is meant. */
export function titlesTo(field: Field, typed: Typed | undefined, path: string): Field[] {
  const titles: Field[] = []
  let here: Field = field
  let form = typed
  for (const name of namesOf(path)) {
    const items = here.kind === 'list' ? ((form as TypedList | undefined)?.items ?? []) : []
    const next: Step | undefined = into(
      here,
      form,
      here.kind === 'list' ? String(items.findIndex(({ key }) => key === name)) : name,
    )
    if (!next) break
    titles.push(next.field)
    here = next.field
    form = next.typed
  }
  return titles
}
