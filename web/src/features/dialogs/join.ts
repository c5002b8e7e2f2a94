import type { Lead } from './links'
import { t } from './texts'
import { router } from '@/nav/router.svelte'
import type { Session } from '@/session/port'
import { toast } from '@/ui/toasts.svelte'
import type { ServerCard, ServerID, ServerView } from '@contract/types.gen'

/** What is told of a server. How many are in it is not known of one's own: its members are loaded page by page. */
export type Card = Omit<ServerCard, 'member_count'> & Partial<Pick<ServerCard, 'member_count'>>

/** A server one may join, or is in already, and how. */
export interface Find {
  readonly card: Card
  readonly lead: Exclude<Lead, { to: 'elsewhere' }>
}

/** find asks what a link leads to. */
export async function find(session: Session, lead: Find['lead']): Promise<Find> {
  if (lead.to === 'invite') {
    const invite = await session.rest('getInvite', { params: { code: lead.code } })
    return { lead, card: invite.server }
  }
  return { lead, card: cardOf(await session.rest('getServer', { params: { server_id: lead.server } }), session) }
}

/** A member is answered the whole server, which has no counts of its own. */
function cardOf(view: ServerView, session: Session): Card {
  if ('member_count' in view) return view
  const channels = session.state.servers.get(view.id)?.channels.values() ?? []
  return {
    id: view.id,
    name: view.name,
    description: view.description,
    visibility: view.visibility,
    channel_count: [...channels].filter((channel) => channel.info.type !== 'category').length,
  }
}

/** join makes the person a member and shows the server. */
export async function join(session: Session, { lead, card }: Find, here: () => boolean): Promise<void> {
  if (lead.to === 'invite') await session.rest('joinInvite', { params: { code: lead.code } })
  else await session.rest('joinServer', { params: { server_id: lead.server } })
  await arrive(session, card.id, card.name, here)
}

/** arrive goes to a server one has just come into; who is no longer `here` to be taken there is told the way. */
export async function arrive(session: Session, server: ServerID, name: string, here: () => boolean): Promise<void> {
  const there = await session.awaitServer(server)
  const go = () => router.go({ name: 'server', server })
  const late = !here() && { action: { label: t('open'), run: go } }
  toast({ text: t(there ? 'joined' : 'joined_later', { server: name }), kind: there ? 'ok' : 'plain', ...late })
  if (!late) go()
}
