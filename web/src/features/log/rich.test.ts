// @vitest-environment node
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { allow, copy, named, type RichNode, type SourceNode } from './rich'

/** A parser that believes everything: each thing that looks like a tag is an element, with all that looks like its attributes. */
function soup(text: string): SourceNode[] {
  const root: { childNodes: SourceNode[] } = { childNodes: [] }
  const open = [root]
  for (const [whole, close, tag, inside] of text.matchAll(/<(\/?)([a-zA-Z][^\s/>]*)([^>]*)>?|[^<]+|</g)) {
    const parent = open.at(-1) ?? root
    if (!tag) parent.childNodes.push({ nodeType: 3, nodeName: '#text', nodeValue: whole, childNodes: [] })
    else if (close) {
      if (open.length > 1) open.pop()
    } else {
      const element = {
        nodeType: 1,
        nodeName: tag.toUpperCase(),
        nodeValue: null,
        childNodes: [] as SourceNode[],
        attributes: attributesIn(inside ?? ''),
      }
      parent.childNodes.push(element)
      open.push(element)
    }
  }
  return root.childNodes
}

function attributesIn(text: string) {
  return [...text.matchAll(/([^\s=/"'>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]*)))?/g)].map(([, name = '', a, b, c]) => ({
    name: name.toLowerCase(),
    value: a ?? b ?? c ?? '',
  }))
}

const tags = new Set('p br hr h1 h2 h3 blockquote ul ol li pre code em strong del a span table thead tbody tr th td'.split(' '))
const values: Record<string, RegExp> = {
  'a href': /^(https?:\/\/[^/]|mailto:)/,
  'a target': /^_blank$/,
  'a rel': /^noopener noreferrer nofollow$/,
  'ol start': /^\d{1,9}$/,
  'th align': /^(left|center|right)$/,
  'td align': /^(left|center|right)$/,
  'code class': /^language-[\w+#.-]{1,32}$/,
  'span class': /^(mention|spoiler)$/,
  'span data-user': /^[1-9]\d{0,18}$/,
  'span data-role': /^[1-9]\d{0,18}$/,
  'span data-channel': /^[1-9]\d{0,18}$/,
  'span data-everyone': /^(everyone|here)$/,
}

function check(node: RichNode): void {
  if (typeof node === 'string') return
  expect(tags).toContain(node.tag)
  for (const [name, value] of Object.entries(node.attributes))
    expect(value, `${node.tag} ${name}`).toMatch(values[`${node.tag} ${name}`] ?? /$^/)
  node.children.forEach(check)
}

const payloads = readFileSync(new URL('../../../../testdata/render/xss.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('# '))
  .map((line) => line.replace(/\\([ntr0])/g, (_, c: string) => ({ n: '\n', t: '\t', r: '\r', 0: '\0' })[c] ?? ''))

describe('of every payload nothing but the allow-list is left', () => {
  test('there are payloads', () => expect(payloads.length).toBeGreaterThan(100))
  test.each(payloads)('%s', (payload) => {
    copy(soup(payload)).forEach(check)
    copy(
      soup(`<p class="x"><a href="https://a.b" ${payload}>x</a><span class="mention" data-user="1" ${payload}></span></p>`),
    ).forEach(check)
  })
  test.each(payloads)('as the address of a link: %s', (payload) => check({ tag: 'p', attributes: {}, children: linkTo(payload) }))
})

const linkTo = (href: string): RichNode[] => {
  const verdict = allow('a', { href })
  return typeof verdict === 'string' ? [] : [{ ...verdict, children: [] }]
}

describe('allow', () => {
  test.each([
    ['script', 'drop'],
    ['style', 'drop'],
    ['svg', 'drop'],
    ['div', 'unwrap'],
    ['img', 'unwrap'],
    ['form', 'unwrap'],
    ['constructor', 'unwrap'],
  ])('%s: %s', (tag, verdict) => expect(allow(tag, {})).toBe(verdict))

  test.each(['p', 'h1', 'li', 'table'])('%s loses every attribute', (tag) =>
    expect(allow(tag, { class: 'x', id: 'y', style: 'color:red', onclick: 'z()' })).toEqual({ tag, attributes: {} }),
  )

  test.each([
    'javascript:alert(1)',
    ' https://a.b',
    '//a.b',
    '/x',
    'data:text/html,x',
    'vbscript:x',
    'https:a',
    'http://',
    '',
    'ftp://a.b',
    'java\nscript:x',
  ])('no link to %j', (href) => expect(allow('a', { href })).toBe('unwrap'))

  test.each([
    ['https://a.b/c?d=1#e', 'https://a.b/c?d=1#e'],
    ['HTTPS://A.b', 'https://a.b/'],
    ['mailto:a@b.c', 'mailto:a@b.c'],
  ])('a link to %s opens safely', (href, made) =>
    expect(allow('a', { href, target: '_top', rel: 'opener', download: '' })).toEqual({
      tag: 'a',
      attributes: { href: made, target: '_blank', rel: 'noopener noreferrer nofollow' },
    }),
  )

  describe('a link to this Beep', () => {
    beforeEach(() => void vi.stubGlobal('location', { origin: 'https://beep.test' }))
    afterEach(() => void vi.unstubAllGlobals())

    test.each(['/s/1/2/3', '/invite/abc', '/settings'])('%s is followed in place', (path) =>
      expect(allow('a', { href: 'https://beep.test' + path, target: '_blank', rel: 'opener' })).toEqual({
        tag: 'a',
        attributes: { href: 'https://beep.test' + path },
      }),
    )
    test.each(['https://beep.test/healthz', 'http://beep.test/s/1', 'https://beep.test.evil/s/1', 'https://beep.test:8443/s/1'])(
      '%s is not a place of it',
      (href) => expect(allow('a', { href })).toMatchObject({ attributes: { target: '_blank' } }),
    )
  })

  test('a span is a spoiler or one mention', () => {
    expect(allow('span', {})).toBe('unwrap')
    expect(allow('span', { class: 'other' })).toBe('unwrap')
    expect(allow('span', { class: 'mention' })).toBe('unwrap')
    expect(allow('span', { 'data-user': '1' })).toBe('unwrap')
    expect(allow('span', { class: 'mention', 'data-user': '01' })).toBe('unwrap')
    expect(allow('span', { class: 'mention', 'data-user': '1'.repeat(20) })).toBe('unwrap')
    expect(allow('span', { class: 'mention', 'data-user': '1', 'data-channel': '2' })).toBe('unwrap')
    expect(allow('span', { class: 'spoiler', 'data-user': '1' })).toEqual({ tag: 'span', attributes: { class: 'spoiler' } })
    expect(allow('span', { class: 'mention', 'data-everyone': 'here', title: 'x' })).toEqual({
      tag: 'span',
      attributes: { class: 'mention', 'data-everyone': 'here' },
    })
  })

  test('values are held to their form', () => {
    expect(allow('ol', { start: '7' })).toEqual({ tag: 'ol', attributes: { start: '7' } })
    expect(allow('ol', { start: '-7' })).toEqual({ tag: 'ol', attributes: {} })
    expect(allow('td', { align: 'justify' })).toEqual({ tag: 'td', attributes: {} })
    expect(allow('code', { class: 'language-c++' })).toEqual({ tag: 'code', attributes: { class: 'language-c++' } })
    expect(allow('code', { class: 'language-a b' })).toEqual({ tag: 'code', attributes: {} })
  })
})

test('text is kept where an element is not', () => {
  expect(copy(soup('a<div>b<b>c</b></div><script>d</script>'))).toEqual(['a', 'b', 'c'])
})

test('names of a message, each once', () => {
  const nodes = copy(
    soup(
      '<p><span class="mention" data-user="1">@1</span> <em><span class="mention" data-user="2">@2</span></em></p><span class="mention" data-user="1">@1</span>',
    ),
  )
  expect(named(nodes, 'user')).toEqual(['1', '2'])
  expect(named(nodes, 'channel')).toEqual([])
})
