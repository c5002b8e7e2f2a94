import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// Real browsers against the real binary: one file after the other, since each already uses several processes.
export default defineConfig({
  root: here('..'),
  resolve: { alias: { '@contract': here('../../api/ts'), '@': here('../src') } },
  test: {
    include: ['e2e/**/*.test.ts'],
    exclude: ['e2e/cluster/**'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
})
