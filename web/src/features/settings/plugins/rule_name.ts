import type { Field } from './form/fields'
import { say, t } from './form/texts'

const known = /^(\w+)(?:\[(\d+)\])?$/

/**
 * ruleName says a rule in the words of the form where the plugin names a property, "links" or "words[0]"; any other name is as the
 * plugin wrote it.
 */
export function ruleName(whole: Field, rule: string): string {
  const [, name, at] = known.exec(rule) ?? []
  const config = whole.kind === 'group' ? whole.members.find((member) => member.name === 'config') : undefined
  const field = config?.kind === 'group' ? config.members.find((member) => member.name === name) : undefined
  if (!field) return rule
  const title = say(field.title) || rule
  if (at === undefined) return title
  const item = field.kind === 'list' ? say(field.item.title) || title : title
  return t('item', { title: item, n: Number(at) + 1 })
}
