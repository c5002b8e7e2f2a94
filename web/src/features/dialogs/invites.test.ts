import { expect, test } from 'vitest'
import type { Rest } from '@/api/rest'
import { usualLife, usualUses } from './expiry'
import { lastInvite, makeInvite, revokeInvite } from './invites'

const day = 86_400_000
const now = Date.parse('2026-03-01T00:00:00Z')

function node() {
  const made: { body: unknown; key: string }[] = []
  const rest = (operation: string, options: { body: unknown; headers: { 'Idempotency-Key': string } }) => {
    if (operation === 'revokeInvite') return Promise.resolve()
    made.push({ body: options.body, key: options.headers['Idempotency-Key'] })
    return Promise.resolve({ code: 'c' + made.length, expires_at: new Date(now + 7 * day).toISOString() })
  }
  return { made, rest: rest as unknown as Rest }
}

test('the usual link is offered again while it is good for another day, to the one who made it', async () => {
  const { rest, made } = node()
  await makeInvite(rest, 'ada', '1', usualLife, usualUses)
  expect(made[0]?.body).toEqual({ expires_in_s: 604_800, max_uses: null })
  expect(lastInvite('ada', '1', now)?.code).toBe('c1')
  expect(lastInvite('ada', '1', now + 6.5 * day)).toBeUndefined()
  expect(lastInvite('ada', '2', now)).toBeUndefined()
  expect(lastInvite('bob', '1', now)).toBeUndefined()
})

test('another kind of link is not remembered, a revoked one is forgotten', async () => {
  const { rest, made } = node()
  const usual = await makeInvite(rest, 'ada', '3', usualLife, usualUses)
  await makeInvite(rest, 'ada', '3', 3600, 1)
  expect(lastInvite('ada', '3', now)?.code).toBe('c1')
  await revokeInvite(rest, usual)
  expect(lastInvite('ada', '3', now)).toBeUndefined()
  expect(new Set(made.map(({ key }) => key)).size).toBe(2)
})
