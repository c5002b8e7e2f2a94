import type { Field } from './fields'
import { below, namesOf } from './paths'
import { memberOf, same, type Typed, type TypedGroup, type TypedList } from './typed'

/** A value that two people changed at once, each in another way. */
export interface Conflict {
  readonly path: string
  readonly field: Field
  readonly theirs: Typed | undefined
}

/** What became of a form that someone else saved meanwhile. */
export interface Merged {
  readonly typed: Typed | undefined
  readonly conflicts: readonly Conflict[]
}

/**
 * merge brings what one typed over what someone else saved, property by property: what only one of both changed is as that one made
 * it, and what both changed stays as it was typed here and is a conflict. Lists and texts are taken as a whole.
 */
export function merge(
  field: Field,
  base: Typed | undefined,
  mine: Typed | undefined,
  theirs: Typed | undefined,
  path = '',
): Merged {
  if (same(field, mine, theirs) || same(field, base, theirs)) return { typed: mine, conflicts: [] }
  if (same(field, base, mine)) return { typed: inPlaceOf(field, mine, theirs), conflicts: [] }
  if (field.kind !== 'group' || base === undefined || mine === undefined || theirs === undefined)
    return { typed: mine, conflicts: [{ path, field, theirs }] }
  const members: Record<string, Typed | undefined> = {}
  const conflicts: Conflict[] = []
  for (const member of field.members) {
    const [was, here, there] = [memberOf(base, member), memberOf(mine, member), memberOf(theirs, member)]
    const merged = merge(member, was, here, there, below(path, member.name))
    members[member.name] = merged.typed
    conflicts.push(...merged.conflicts)
  }
  return { typed: { members, rest: (theirs as TypedGroup).rest }, conflicts }
}

/** Gives items the keys of those in whose places they come, so that what stands open stays open. */
function inPlaceOf(field: Field, old: Typed | undefined, typed: Typed | undefined): Typed | undefined {
  if (old === undefined || typed === undefined) return typed
  if (field.kind === 'group') {
    const { members, rest } = typed as TypedGroup
    const entries = field.members.map((one) => [one.name, inPlaceOf(one, memberOf(old, one), members[one.name])] as const)
    return { members: Object.fromEntries(entries), rest }
  }
  if (field.kind !== 'list') return typed
  const before = (old as TypedList).items
  const items = (typed as TypedList).items.map((item, at) => {
    const was = before[at]
    return was ? { key: was.key, typed: inPlaceOf(field.item, was.typed, item.typed) as Typed } : item
  })
  return { items }
}

/** differences counts the values that are not the same in two forms. */
export function differences(field: Field, a: Typed | undefined, b: Typed | undefined): number {
  if (same(field, a, b)) return 0
  if (field.kind !== 'group' || a === undefined || b === undefined) return 1
  const counts = field.members.map((member) => differences(member, memberOf(a, member), memberOf(b, member)))
  return Math.max(
    1,
    counts.reduce((sum, n) => sum + n, 0),
  )
}

/** The form at a path of property names. */
export const typedAt = (typed: Typed | undefined, path: string): Typed | undefined =>
  namesOf(path).reduce<Typed | undefined>((here, name) => (here as TypedGroup | undefined)?.members[name], typed)

/** The form with another value at a path of property names. */
export function withAt(typed: Typed | undefined, path: string, value: Typed | undefined): Typed | undefined {
  return put(typed, namesOf(path), value)
}

function put(typed: Typed | undefined, [name, ...rest]: string[], value: Typed | undefined): Typed | undefined {
  if (name === undefined) return value
  const group = (typed ?? { members: {}, rest: {} }) as TypedGroup
  return { ...group, members: { ...group.members, [name]: put(group.members[name], rest, value) } }
}
