import { mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

// Two nodes over a real Cassandra and Redis: what people do together, each at another node, and what only a cluster can suffer.
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [] } },
  {
    test: {
      include: ['e2e/{talk,tabs,offline,revoked}.test.ts', 'e2e/cluster/**/*.test.ts'],
      env: { BEEP_E2E_CLUSTER: '1' },
    },
  },
)
