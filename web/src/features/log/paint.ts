import { mount, unmount } from 'svelte'
import CodeHead from './CodeHead.svelte'
import { languageName } from './language'
import { mentionText, type Names } from './names'
import { mentionOf, type RichNode } from './rich'
import { t } from './texts'

interface Brush {
  readonly names: Names
  /** What must be undone when the nodes go. */
  readonly ends: (() => void)[]
}

/** Says behind the last word that a message was changed. */
export interface EditedMark {
  readonly text: string
  readonly title: string
}

/** Makes the nodes of a message inside an element; gives a function that takes them away again. */
export function paint(into: HTMLElement, nodes: readonly RichNode[], names: Names, edited: EditedMark | null): () => void {
  const brush: Brush = { names, ends: [] }
  into.replaceChildren(...nodes.map((node) => make(node, brush)))
  if (edited) {
    const mark = document.createElement('span')
    mark.className = 'edited'
    mark.textContent = edited.text
    mark.title = edited.title
    const last = into.lastElementChild
    if (last?.tagName === 'P') last.append(' ', mark)
    else into.append(mark)
  }
  return () => {
    for (const end of brush.ends) end()
    into.replaceChildren()
  }
}

function make(node: RichNode, brush: Brush): Node {
  if (typeof node === 'string') return document.createTextNode(node)
  if (node.tag === 'pre') return codeBlock(node.children, brush)
  if (node.tag === 'table') return table(node, brush)
  if (node.tag === 'span') return node.attributes.class === 'spoiler' ? spoiler(node.children, brush) : mention(node, brush)
  return plain(node, brush)
}

function plain(node: Exclude<RichNode, string>, brush: Brush): HTMLElement {
  // Headings of a message are not headings of the page.
  const heading = /^h[1-3]$/.test(node.tag)
  const element = document.createElement(heading ? 'p' : node.tag)
  if (heading) element.className = node.tag
  for (const [name, value] of Object.entries(node.attributes)) element.setAttribute(name, value)
  element.append(...node.children.map((child) => make(child, brush)))
  return element
}

function mention(node: RichNode, { names }: Brush): Node {
  const { kind, value } = mentionOf(node) ?? { kind: 'role', value: '' }
  const href = kind === 'channel' ? names.channels[value]?.href : undefined
  const element = document.createElement(href ? 'a' : 'span')
  if (href) element.setAttribute('href', href)
  const self = { user: value === names.me, role: names.myRoles.includes(value), channel: false, everyone: names.everyone }[kind]
  element.className = self ? 'men self' : 'men'
  element.dir = 'auto'
  element.textContent = mentionText(node, names)
  return element
}

/** A button covers the text. Where the text has links, which a button cannot hold, it gives way to them once it is pressed. */
function spoiler(children: readonly RichNode[], brush: Brush): Node {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'spoiler'
  const inside = document.createElement('span')
  inside.append(...children.map((child) => make(child, brush)))
  const links = inside.querySelector('a, button') !== null
  const cover = document.createElement('span')
  if (links) cover.textContent = inside.textContent
  button.append(links ? cover : inside)
  const set = (open: boolean) => {
    button.setAttribute('aria-expanded', String(open))
    if (open) button.removeAttribute('aria-label')
    else button.setAttribute('aria-label', t('spoiler'))
  }
  set(false)
  button.addEventListener('click', () => {
    if (!links) return set(button.getAttribute('aria-expanded') === 'false')
    inside.className = 'spoiler shown'
    inside.tabIndex = -1
    button.replaceWith(inside)
    inside.focus({ preventScroll: true })
  })
  return button
}

function codeBlock(children: readonly RichNode[], brush: Brush): Node {
  const code = children.find((child) => typeof child !== 'string')
  const language = languageName(code?.attributes.class)
  const text = textOf(children)
  const frame = document.createElement('div')
  frame.className = 'codeblock'
  const head = mount(CodeHead, { target: frame, props: { language, text } })
  brush.ends.push(() => void unmount(head))
  const pre = document.createElement('pre')
  pre.tabIndex = 0
  pre.dir = 'ltr'
  pre.setAttribute('role', 'group')
  pre.setAttribute('aria-label', language ? t('code_in', { language }) : t('code'))
  const inner = document.createElement('code')
  inner.textContent = text
  pre.append(inner)
  frame.append(pre)
  return frame
}

/** A table wider than the message scrolls in a frame of its own. */
function table(node: Exclude<RichNode, string>, brush: Brush): Node {
  const frame = document.createElement('div')
  frame.className = 'wide-table'
  frame.tabIndex = 0
  frame.setAttribute('role', 'group')
  frame.setAttribute('aria-label', t('table'))
  frame.append(plain(node, brush))
  return frame
}

function textOf(nodes: readonly RichNode[]): string {
  return nodes.map((node) => (typeof node === 'string' ? node : textOf(node.children))).join('')
}
