// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { catalogues } from './texts'

import.meta.glob(['../**/texts.ts', '!./texts.ts'], { eager: true })

/** Keys that no source names, by their catalogue: what names them comes from the contract or from an address. */
const named: Record<string, readonly string[]> = {
  'features/composer': ['empty'],
  'features/log': ['member_joined', 'message_pinned', 'thread_created', 'call_started'],
  'features/switcher': ['profile', 'password', 'sessions', 'appearance'],
}
/** Catalogues that another folder writes with too. */
const alsoIn: Record<string, readonly string[]> = { 'features/shell': ['app'] }

const src = fileURLToPath(new URL('..', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(ts|svelte)$/.test(file) && !/(^|\/)texts\.ts$|\.test\.ts$/.test(file))

/** Every word that stands in quotes in the sources of some folders. */
function quoted(folders: readonly string[]): Set<string> {
  const sources = files.filter((file) => folders.includes(dirname(file))).map((file) => readFileSync(src + file, 'utf8'))
  return new Set(sources.flatMap((source) => [...source.matchAll(/(?<=['"`])\w+(?=['"`])/g)].map(([word]) => word)))
}

test('every text is said somewhere', () => {
  expect(catalogues.size).toBeGreaterThan(3)
  for (const [name, { en }] of catalogues) {
    const words = quoted([name, ...(alsoIn[name] ?? [])])
    const unsaid = Object.keys(en).filter((key) => !words.has(key) && !named[name]?.includes(key))
    expect(unsaid, name).toEqual([])
  }
})
