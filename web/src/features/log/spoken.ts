import { mentionText, type Names } from './names'
import type { RichNode } from './rich'
import { t } from './texts'

const inline = new Set(['em', 'strong', 'del', 'a', 'code', 'span'])

/** The text of a message as it is read aloud: without marks, with the names as they are now, and nothing of what is covered. */
export function spoken(nodes: readonly RichNode[], names: Names): string {
  return nodes
    .map((node) => say(node, names))
    .join('')
    .replace(/\s+/g, ' ')
    .trim()
}

function say(node: RichNode, names: Names): string {
  if (typeof node === 'string') return node
  if (node.attributes.class === 'spoiler') return t('spoiler_said')
  const text = mentionText(node, names) || node.children.map((child) => say(child, names)).join('')
  return inline.has(node.tag) ? text : ` ${text} `
}
