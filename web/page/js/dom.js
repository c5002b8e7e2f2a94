// Making elements. Text is always set as text; server markup goes through an allow-list and nothing else.

/** make gives an element with a class and children; strings become text. */
export function make(tag, className, ...children) {
  const el = document.createElement(tag)
  if (className) el.className = className
  el.append(...children.filter((c) => c !== null && c !== undefined))
  return el
}

/** icon gives one of the drawings that the page holds. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', 'i')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
  use.setAttribute('href', '#i-' + name)
  svg.append(use)
  return svg
}

const allowed = new Set(['P', 'BR', 'HR', 'H1', 'H2', 'H3', 'BLOCKQUOTE', 'UL', 'OL', 'LI', 'PRE', 'CODE', 'EM', 'STRONG', 'DEL', 'A', 'SPAN',
  'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD'])
const classes = /^(mention|spoiler|language-[A-Za-z0-9+#._-]{1,32})$/
const ids = ['user', 'role', 'channel', 'everyone']

/**
 * rich turns the server's sanitised markup into nodes once more by an allow-list, so that a hole there is no hole here. The
 * markup is parsed in a document of its own, where nothing loads and nothing runs; only known elements are made anew, with
 * known attributes; of an unknown one the text is kept.
 */
export function rich(markup) {
  const out = document.createDocumentFragment()
  const parsed = new DOMParser().parseFromString(markup, 'text/html')
  copy(parsed.body, out)
  return out
}

function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data)
    if (node.nodeType !== Node.ELEMENT_NODE) continue
    if (node.tagName === 'SCRIPT' || node.tagName === 'STYLE') continue
    if (!allowed.has(node.tagName)) {
      copy(node, to)
      continue
    }
    const el = document.createElement(node.tagName)
    if (classes.test(node.className)) el.className = node.className
    if (node.tagName === 'A') link(node, el)
    for (const id of ids) if (node.dataset[id] && /^[a-z0-9]{1,20}$/.test(node.dataset[id])) el.dataset[id] = node.dataset[id]
    copy(node, el)
    to.append(el)
  }
}

function link(from, el) {
  const href = from.getAttribute('href') ?? ''
  if (!/^https?:\/\//i.test(href)) return
  el.href = href
  el.target = '_blank'
  el.rel = 'noopener noreferrer nofollow'
}

const hues = ['brick', 'clay', 'olive', 'moss', 'jade', 'lagoon', 'slate', 'iris', 'mauve', 'rosewood']

/** hue gives a person's colour class, always the same one. */
export function hue(id) {
  let sum = 0
  for (const c of String(id)) sum = (sum * 31 + c.charCodeAt(0)) >>> 0
  return 'hue-' + hues[sum % hues.length]
}

/** initials of a display name, two letters at most. */
export function initials(name) {
  const words = name.trim().split(/\s+/)
  return ([...words[0]][0] + (words.length > 1 ? [...words.at(-1)][0] : '')).toUpperCase()
}
