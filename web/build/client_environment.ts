import type { Environment } from 'vitest/runtime'

/** Compiles for a browser, so that runes are reactive in tests, without giving them a document: what needs one is tested in Chromium. */
export default {
  name: 'client',
  viteEnvironment: 'client',
  setup: () => ({ teardown: () => {} }),
} satisfies Environment
