import { expect, test } from 'vitest'
import type { Session } from '@/session/port'
import { usualLife, usualUses } from './expiry'
import { lastInvite, makeInvite, revokeInvite } from './invites'

const day = 86_400_000
const now = Date.parse('2026-03-01T00:00:00Z')

interface Asked {
  params: { server_id: string }
  body: unknown
  headers: { 'Idempotency-Key': string }
}

function node() {
  const made: { body: unknown; key: string }[] = []
  const rest = (operation: string, { params, body, headers }: Asked) => {
    if (operation === 'revokeInvite') return Promise.resolve()
    made.push({ body, key: headers['Idempotency-Key'] })
    const server = { id: params.server_id }
    return Promise.resolve({ code: 'c' + made.length, server, expires_at: new Date(now + 7 * day).toISOString() })
  }
  return { made, session: { rest } as unknown as Session }
}

test('the usual link is offered again while it is good for another day, as long as the session lasts', async () => {
  const { session, made } = node()
  await makeInvite(session, '1', usualLife, usualUses)
  expect(made[0]?.body).toEqual({ expires_in_s: 604_800, max_uses: null })
  expect(lastInvite(session, '1', now)?.code).toBe('c1')
  expect(lastInvite(session, '1', now + 6.5 * day)).toBeUndefined()
  expect(lastInvite(session, '2', now)).toBeUndefined()
  expect(lastInvite(node().session, '1', now)).toBeUndefined()
})

test('another kind of link is not remembered, a revoked one is forgotten', async () => {
  const { session, made } = node()
  const usual = await makeInvite(session, '3', usualLife, usualUses)
  await makeInvite(session, '3', 3600, 1)
  expect(lastInvite(session, '3', now)?.code).toBe('c1')
  await revokeInvite(session, usual)
  expect(lastInvite(session, '3', now)).toBeUndefined()
  expect(new Set(made.map(({ key }) => key)).size).toBe(2)
})
