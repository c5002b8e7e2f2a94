import { expect, test } from 'vitest'
import type { Member } from '@contract/types.gen'
import { matching } from './search'

const member = (username: string, display_name: string): Member => ({
  server_id: '1',
  user: { id: username, username, display_name, avatar_url: null },
  role_ids: [],
  joined_at: '2026-03-01T09:30:00.000Z',
  version: 1,
})
const all = [member('chloe', 'Chloé Martin'), member('bob', 'Bob'), member('mar.tin', 'Ada')]

test.each([
  ['', 'chloe bob mar.tin'],
  ['  ', 'chloe bob mar.tin'],
  ['chloe', 'chloe'],
  ['CHLOÉ', 'chloe'],
  ['martin chl', 'chloe'],
  ['@mar', 'chloe mar.tin'],
  ['zed', ''],
])('%j', (typed, found) =>
  expect(
    matching(all, typed)
      .map(({ user }) => user.username)
      .join(' '),
  ).toBe(found),
)
