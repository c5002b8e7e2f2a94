import type { Session } from '@/session/port'
import { usualLife, usualUses, type Life, type Uses } from './expiry'
import { Once } from './once'
import type { Invite, ServerID } from '@contract/types.gen'

/** A link made with the usual choices is offered again while it lives at least this long. */
const stillGoodMs = 86_400_000

const bySession = new WeakMap<Session, Map<ServerID, Invite>>()
const once = new Once()

/** The usual links this person made, until the session ends. */
function linksOf(session: Session): Map<ServerID, Invite> {
  const links = bySession.get(session) ?? new Map<ServerID, Invite>()
  bySession.set(session, links)
  return links
}

/** The usual link this person made here before, while it is good for another day. */
export function lastInvite(session: Session, server: ServerID, now = Date.now()): Invite | undefined {
  const invite = linksOf(session).get(server)
  if (!invite) return undefined
  return invite.expires_at !== null && Date.parse(invite.expires_at) - now > stillGoodMs ? invite : undefined
}

/** makeInvite makes a link. One with the usual choices is remembered, so that looking again makes no second one. */
export async function makeInvite(session: Session, server: ServerID, life: Life, uses: Uses): Promise<Invite> {
  const body = { expires_in_s: life || null, max_uses: uses || null }
  const headers = once.headers({ server, ...body })
  const invite = await session.rest('createInvite', { params: { server_id: server }, body, headers })
  once.done()
  if (life === usualLife && uses === usualUses) linksOf(session).set(server, invite)
  return invite
}

/** revokeInvite ends a link, and forgets it. */
export async function revokeInvite(session: Session, { code, server }: Invite): Promise<void> {
  await session.rest('revokeInvite', { params: { code } })
  if (linksOf(session).get(server.id)?.code === code) linksOf(session).delete(server.id)
}
