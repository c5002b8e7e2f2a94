import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { fileURLToPath } from 'node:url'
import { gzipFiles } from './build/gzip.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// The built client lies in dist/client, which Go embeds. No inlined assets and no polyfill in the page: the content policy of the
// node allows nothing but files of its own.
export default defineConfig(({ mode }) => ({
  plugins: [svelte(), gzipFiles()],
  resolve: {
    alias: { '@contract': here('../api/ts'), '@': here('./src') },
    // Components under test run in a browser's environment.
    conditions: mode === 'test' ? ['browser'] : undefined,
  },
  build: {
    outDir: 'dist/client',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    // The oldest browsers with light-dark(), which must reach them as it is: a part of a page may flip its theme.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
  },
  server: {
    port: 5173,
    proxy: {
      '/api': { target: process.env.BEEP_URL ?? 'http://localhost:8080', changeOrigin: true },
      '/demo.json': process.env.BEEP_URL ?? 'http://localhost:8080',
    },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: './build/client_environment.ts',
    restoreMocks: true,
  },
}))
