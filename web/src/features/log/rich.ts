import { parse } from '@/nav/route'

/** An element of the allow-list, with nothing but allowed attributes; or text. */
export type RichNode =
  string | { readonly tag: string; readonly attributes: Readonly<Record<string, string>>; readonly children: readonly RichNode[] }

/** What a name stands for in a message. */
export type MentionKind = 'user' | 'role' | 'channel' | 'everyone'

/** The least that must be known of a parsed node; DOM nodes have it. */
export interface SourceNode {
  readonly nodeType: number
  readonly nodeName: string
  readonly nodeValue: string | null
  readonly childNodes: Iterable<SourceNode>
  readonly attributes?: Iterable<{ readonly name: string; readonly value: string }>
}

const plain = new Set([
  ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'blockquote', 'ul', 'li', 'pre', 'em', 'strong', 'del'],
  ...['table', 'thead', 'tbody', 'tr'],
])
const dropped = new Set([
  ...[
    'script',
    'style',
    'template',
    'noscript',
    'noembed',
    'noframes',
    'iframe',
    'object',
    'embed',
    'svg',
    'math',
    'head',
    'title',
  ],
  ...['textarea', 'select', 'xmp', 'plaintext', 'audio', 'video', 'canvas'],
])
const id = /^[1-9]\d{0,18}$/
const mentions: Record<MentionKind, RegExp> = { user: id, role: id, channel: id, everyone: /^(everyone|here)$/ }

interface Allowed {
  tag: string
  attributes: Record<string, string>
}

/**
 * allow decides about one element: what may be made anew of it, that only its content stays (unwrap), or that nothing does (drop).
 * The list is that of the node's sanitiser (render/sanitize.go), so that a hole there is no hole here.
 */
export function allow(tag: string, given: Readonly<Record<string, string>>): Allowed | 'unwrap' | 'drop' {
  if (dropped.has(tag)) return 'drop'
  if (plain.has(tag)) return { tag, attributes: {} }
  switch (tag) {
    case 'a':
      return link(given.href)
    case 'ol':
      return { tag, attributes: matching('start', given.start, /^\d{1,9}$/) }
    case 'th':
    case 'td':
      return { tag, attributes: matching('align', given.align, /^(left|center|right)$/) }
    case 'code':
      return { tag, attributes: matching('class', given.class, /^language-[A-Za-z0-9+#._-]{1,32}$/) }
    case 'span':
      return span(given)
    default:
      return 'unwrap'
  }
}

function matching(name: string, value: string | undefined, pattern: RegExp): Record<string, string> {
  return value !== undefined && pattern.test(value) ? { [name]: value } : {}
}

function link(href: string | undefined): Allowed | 'unwrap' {
  const url = href && /^(https?:\/\/|mailto:)/i.test(href) ? urlOf(href) : null
  if (!url) return 'unwrap'
  if (isPlace(url)) return { tag: 'a', attributes: { href: url.href } }
  return { tag: 'a', attributes: { href: url.href, target: '_blank', rel: 'noopener noreferrer nofollow' } }
}

/** URL.parse is younger than the oldest browsers that are served. */
function urlOf(href: string): URL | null {
  try {
    return new URL(href)
  } catch {
    return null
  }
}

/** Whether an address is a place of this Beep: the client goes there itself. */
const isPlace = ({ origin, pathname, hash }: URL) =>
  origin === globalThis.location?.origin && parse(pathname, hash).name !== 'nowhere'

function span(given: Readonly<Record<string, string>>) {
  if (given.class === 'spoiler') return { tag: 'span', attributes: { class: 'spoiler' } }
  if (given.class !== 'mention') return 'unwrap'
  const named = Object.entries(mentions).filter(([kind, pattern]) => pattern.test(given[`data-${kind}`] ?? ''))
  const kind = named.length === 1 ? named[0]?.[0] : undefined
  if (kind === undefined) return 'unwrap'
  return { tag: 'span', attributes: { class: 'mention', [`data-${kind}`]: given[`data-${kind}`] ?? '' } }
}

const elementNode = 1
const textNode = 3

/** Copies parsed nodes through the allow-list. */
export function copy(nodes: Iterable<SourceNode>): RichNode[] {
  const out: RichNode[] = []
  for (const node of nodes) {
    if (node.nodeType === textNode) out.push(node.nodeValue ?? '')
    if (node.nodeType !== elementNode) continue
    const verdict = allow(node.nodeName.toLowerCase(), attributesOf(node))
    if (verdict === 'unwrap') out.push(...copy(node.childNodes))
    else if (verdict !== 'drop') out.push({ ...verdict, children: copy(node.childNodes) })
  }
  return out
}

function attributesOf(node: SourceNode): Record<string, string> {
  // Without a prototype, so that an attribute called "constructor" finds nothing.
  const all: Record<string, string> = Object.create(null)
  for (const { name, value } of node.attributes ?? []) all[name] = value
  return all
}

/** The mention that an element is; null for any other. */
export function mentionOf(node: RichNode): { kind: MentionKind; value: string } | null {
  if (typeof node === 'string' || node.attributes.class !== 'mention') return null
  for (const kind of Object.keys(mentions) as MentionKind[]) {
    const value = node.attributes[`data-${kind}`]
    if (value !== undefined) return { kind, value }
  }
  return null
}

/** Ids of one kind that are named anywhere in the nodes, each once. */
export function named(nodes: readonly RichNode[], kind: MentionKind): string[] {
  const found = new Set<string>()
  const visit = (node: RichNode) => {
    if (typeof node === 'string') return
    const mention = mentionOf(node)
    if (mention?.kind === kind) found.add(mention.value)
    node.children.forEach(visit)
  }
  nodes.forEach(visit)
  return [...found]
}

/** What is used here of the browser's Trusted Types. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML(markup: string): string }): { createHTML(markup: string): string }
}

/** Under Trusted Types a parser takes only what a policy made. This one serves nothing but the parser below, whose document is inert. */
const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('beep-rich', {
  createHTML: (markup) => markup,
})

/** Messages of which the reading is kept: their rows come and go while one scrolls. */
const readingsKept = 500
const readings = new Map<string, readonly RichNode[]>()

/**
 * rich reads the node's sanitised markup in a document of its own, where nothing loads and nothing runs, and gives what the
 * allow-list leaves of it.
 */
export function rich(markup: string): readonly RichNode[] {
  const known = readings.get(markup)
  if (known) return known
  const trusted = policy?.createHTML(markup) ?? markup
  const nodes = copy(new DOMParser().parseFromString(trusted, 'text/html').body.childNodes)
  for (const oldest of readings.keys()) {
    if (readings.size < readingsKept) break
    readings.delete(oldest)
  }
  readings.set(markup, nodes)
  return nodes
}
