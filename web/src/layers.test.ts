// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

// Who may import whom. A place is a folder of src; features/NAME stands for one feature. Packages, and the contract's types as
// @contract, are free to all. Tests and main.ts may import anything; a place that is not listed may not exist.
const layers: Record<string, readonly string[]> = {
  text: [],
  api: [],
  model: ['text', 'api'],
  session: ['text', 'api', 'model'],
  nav: [],
  ui: ['text'],
  features: ['text', 'api', 'model', 'session/port', 'session/context', 'nav', 'ui'],
  app: ['text', 'api', 'model', 'session', 'nav', 'ui', 'features', 'styles'],
  styles: [],
}

const isFree = (file: string) => file === 'main.ts' || file.endsWith('.test.ts')

/** What a file imports: statically, by re-export, dynamically or as a type. */
function importsOf(file: string, source: string): string[] {
  if (!file.endsWith('.svelte')) return namesIn(source)
  const scripts = [...source.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)].map(([, code]) => code ?? '')
  const markup = [...source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)].map(([, name]) => name ?? '')
  return [...new Set([...scripts.flatMap(namesIn), ...markup])]
}

const namesIn = (code: string) => ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName)

/** The path below src that a name leads to; undefined for packages and the contract, which are free. */
function resolve(file: string, name: string): string | undefined {
  if (name.startsWith('@/')) return posix.normalize(name.slice(2))
  return name.startsWith('.') ? posix.join(posix.dirname(file), name) : undefined
}

/** A feature is a place of its own; elsewhere the folder is. */
const placeOf = (path: string) =>
  path
    .split('/')
    .slice(0, path.startsWith('features/') ? 2 : 1)
    .join('/')

/** What is wrong with the imports of a file. */
function violations(file: string, source: string): string[] {
  if (isFree(file)) return []
  const allowed = layers[file.split('/')[0] ?? '']
  if (!allowed || !file.includes('/')) return [`${file} lies in no layer`]
  const own = placeOf(file)
  const targets = importsOf(file, source).flatMap((name) => resolve(file, name) ?? [])
  return targets
    .filter((target) => placeOf(target) !== own && !allowed.some((place) => isIn(target, place)))
    .map((target) => `${file} imports ${target}`)
}

const isIn = (target: string, place: string) => target.replace(/\.ts$/, '') === place || target.startsWith(place + '/')

const src = fileURLToPath(new URL('.', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(ts|svelte)$/.test(file))

test('every file keeps to its layer', () => {
  expect(files.length).toBeGreaterThan(20)
  expect(files.flatMap((file) => violations(file, readFileSync(src + file, 'utf8')))).toEqual([])
})

describe('what is not allowed is found', () => {
  test.each([
    ['text/format.ts', `import { Problem } from '@/api/problem'`],
    ['api/rest.ts', `import { texts } from '@/text/texts'`],
    ['model/apply.ts', `import { line } from '@/session/line'`],
    ['model/apply.ts', `import { line } from '../session/line'`],
    ['model/apply.ts', `import type { Session } from '@/session/port'`],
    ['session/line.ts', `import Log from '@/features/log/Log.svelte'`],
    ['session/line.ts', `import { router } from '@/nav/router.svelte'`],
    ['nav/route.ts', `import { start } from '@/model/state'`],
    ['ui/Field.svelte', `<script lang="ts">\n  import { start } from '@/model/state'\n</script>`],
    ['ui/toasts.svelte.ts', `export { Problem } from '../api/problem'`],
    ['features/log/Log.svelte', `<script lang="ts">import { line } from '@/session/line'</script>`],
    ['features/log/Log.svelte', `<script module lang="ts">import Composer from '../composer/Composer.svelte'</script>`],
    ['features/log/Log.svelte', `{#await import('@/features/composer/Composer.svelte')}…{/await}`],
    ['features/log/rows.ts', `const composer = () => import('@/features/composer/Composer.svelte')`],
    ['features/log/rows.ts', `import '@/app/App.svelte'`],
    ['features/log/rows.ts', `export * from '@/features/logbook/rows'`],
    ['features/log/rows.ts', `import port from '@/session/portal'`],
    ['app/App.svelte', `<script>import secret from '../../../api/ts/types.gen'</script>`],
    ['widgets/clock.ts', ''],
    ['clock.ts', ''],
  ])('%s: %s', (file, source) => expect(violations(file, source)).toHaveLength(1))
})

describe('what is allowed is not', () => {
  test.each([
    ['model/apply.ts', `import { errors } from '@contract/errors.gen'\nimport { list } from '@/text/format'\nimport './ids'`],
    ['session/line.ts', `import { start } from '@/model/state'\nimport { read } from '../api/stream'`],
    [
      'ui/Field.svelte',
      `<script lang="ts">import { texts } from '@/text/texts'; import Hash from '@lucide/svelte/icons/hash'</script>`,
    ],
    [
      'features/log/Log.svelte',
      `<script>import type { Session } from '@/session/port.ts'; import './rows'; import '@/ui/menu'</script>`,
    ],
    ['features/log/deep/rows.ts', `import { useSession } from '../../../session/context'\nimport '../texts'`],
    ['features/log/rows.ts', `// import '@/app/App.svelte'\nconst text = "import '@/app/App.svelte'"`],
    [
      'app/App.svelte',
      `<script>import '@/features/log/Log.svelte'; import '@/session/live'; import '../styles/index.css'</script>`,
    ],
    ['main.ts', `import '@/app/App.svelte'`],
    ['model/law.test.ts', `import '@/session/line'`],
  ])('%s: %s', (file, source) => expect(violations(file, source)).toEqual([]))
})
