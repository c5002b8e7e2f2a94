// What a first visit downloads before it can draw: the scripts and styles that index.html names, and what those scripts import
// statically, compressed. Fonts, pictures and what is loaded on demand are not counted. `--selftest` shows that it can fail.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { parseAst } from 'vite'

const KB = 1024
const goals = { js: 180 * KB, css: 30 * KB }

/** Paths of the scripts and styles a page names; alternates that the browser loads later (icons, manifest) are not among them. */
function named(html) {
  const links = [...html.matchAll(/<link\b[^>]*>/g)]
    .map(([tag]) => tag)
    .filter((tag) => /rel="(stylesheet|modulepreload)"/.test(tag))
  const scripts = [...html.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag)
  return [...links, ...scripts].flatMap((tag) => /(?:src|href)="\/([^"]+)"/.exec(tag)?.[1] ?? [])
}

/** The first load of a build: compressed bytes by path. read gives a file's bytes. */
async function firstLoad(read) {
  const sizes = new Map()
  const open = named((await read('index.html')).toString())
  for (let name = open.pop(); name; name = open.pop()) {
    if (sizes.has(name)) continue
    const bytes = await read(name)
    sizes.set(name, gzipSync(bytes, { level: 9 }).length)
    if (!name.endsWith('.js')) continue
    for (const target of staticImports(bytes.toString())) open.push(posix.join(posix.dirname(name), target))
  }
  return sizes
}

/** What a script imports before it runs: import and export ... from, not import(). */
function staticImports(code) {
  return parseAst(code).body.flatMap((statement) => ('source' in statement && statement.source ? [statement.source.value] : []))
}

/** Totals by kind, and the kinds that are over their goal or empty: a count of nothing is a check that did not run. */
function judge(sizes) {
  const totals = { js: 0, css: 0 }
  for (const [name, bytes] of sizes) totals[name.endsWith('.css') ? 'css' : 'js'] += bytes
  return { totals, over: Object.keys(totals).filter((kind) => totals[kind] > goals[kind] || totals[kind] === 0) }
}

const kb = (bytes) => (bytes / KB).toFixed(1).padStart(7) + ' KB'

async function report() {
  const client = join(dirname(fileURLToPath(import.meta.url)), '../dist/client')
  const sizes = await firstLoad((name) => readFile(join(client, name)))
  const { totals, over } = judge(sizes)
  for (const [name, bytes] of [...sizes].sort((a, b) => b[1] - a[1])) console.log(kb(bytes), ' ' + name)
  for (const kind of ['js', 'css']) console.log(kb(totals[kind]), ` all ${kind}, gzip (at most ${goals[kind] / KB} KB)`)
  if (over.length > 0) throw new Error(`size: the first load is out of bounds in ${over.join(' and ')}`)
}

async function selftest() {
  const small = Buffer.from('1')
  const large = Buffer.from(randomBytes(200 * KB).toString('base64'))
  const page =
    '<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/a/s.css"><script type="module" src="/a/m.js"></script>'
  const check = async (what, imported, later, style, want) => {
    const files = {
      'index.html': page,
      'a/m.js': 'import{a}from"./dep.js";import("./later.js")',
      'a/dep.js': `export const a="${imported}"`,
    }
    const build = { ...files, 'a/later.js': later, 'a/s.css': style }
    const { over } = judge(await firstLoad(async (name) => Buffer.from(build[name])))
    if (over.join() !== want) throw new Error(`size: ${what}: out of bounds in "${over}", not "${want}"`)
  }
  await check('a small build', small, small, small, '')
  await check('a static import that is too large', large, small, small, 'js')
  await check('a large script that comes later', small, large, small, '')
  await check('a style that is too large', small, small, large, 'css')
}

await (process.argv.includes('--selftest') ? selftest() : report()).catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
