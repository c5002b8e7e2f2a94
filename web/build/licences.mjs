// Puts the licences of what is in the built client beside it, as those licences ask: the fonts, and the packages whose code the
// bundle holds.
import { readdir, readFile, writeFile } from 'node:fs/promises'

const bundled = [
  '@fontsource-variable/bricolage-grotesque',
  '@fontsource-variable/figtree',
  '@fontsource-variable/jetbrains-mono',
  '@lucide/svelte',
  'clsx',
  'esm-env',
  'eventsource-parser',
  'svelte',
]
const parts = await Promise.all(
  bundled.map(async (name) => {
    const folder = new URL(`../node_modules/${name}/`, import.meta.url)
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry))
    if (!file) throw new Error(`${name} has no licence file`)
    return `${name}\n${'='.repeat(name.length)}\n\n${(await readFile(new URL(file, folder), 'utf8')).trim()}\n`
  }),
)
await writeFile(new URL('../dist/client/licences.txt', import.meta.url), parts.join('\n\n'))
