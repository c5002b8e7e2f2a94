import type { Rest } from '@/api/rest'
import { usualLife, usualUses, type Life, type Uses } from './expiry'
import { Once } from './once'
import type { Invite, ServerID, UserID } from '@contract/types.gen'

/** A link made with the usual choices is offered again while it lives at least this long. */
const stillGoodMs = 86_400_000

const made = new Map<string, Invite>()
const once = new Once()

/** The usual link this person made here before, while it is good for another day. */
export function lastInvite(user: UserID, server: ServerID, now = Date.now()): Invite | undefined {
  const invite = made.get(`${user} ${server}`)
  if (!invite) return undefined
  return invite.expires_at !== null && Date.parse(invite.expires_at) - now > stillGoodMs ? invite : undefined
}

/** makeInvite makes a link. One with the usual choices is remembered, so that looking again makes no second one. */
export async function makeInvite(rest: Rest, user: UserID, server: ServerID, life: Life, uses: Uses): Promise<Invite> {
  const body = { expires_in_s: life || null, max_uses: uses || null }
  const invite = await rest('createInvite', { params: { server_id: server }, body, headers: once.headers({ server, ...body }) })
  once.done()
  if (life === usualLife && uses === usualUses) made.set(`${user} ${server}`, invite)
  return invite
}

/** revokeInvite ends a link, and forgets it. */
export async function revokeInvite(rest: Rest, invite: Invite): Promise<void> {
  await rest('revokeInvite', { params: { code: invite.code } })
  for (const [key, known] of made) if (known.code === invite.code) made.delete(key)
}
