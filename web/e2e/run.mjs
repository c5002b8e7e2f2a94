// Runs a TypeScript program of this folder's neighbours with the aliases of the client: node e2e/run.mjs ./bench/bench.ts
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const program = process.argv[2]
if (!program) throw new Error('usage: node e2e/run.mjs ./FOLDER/PROGRAM.ts')

await runnerImport(program, {
  root: here('..'),
  configFile: false,
  resolve: { alias: { '@contract': here('../../api/ts'), '@': here('../src') } },
})
