import { address } from '@/nav/route'
import type { ServerState } from '@/model/types'
import type { Session } from '@/session/port'
import type { Message, PublicUser } from '@contract/types.gen'
import { mentionOf, named, type RichNode } from './rich'
import { t } from './texts'

/** What the names in a message are now, and which of them mean the reader. */
export interface Names {
  readonly users: Readonly<Record<string, string>>
  readonly channels: Readonly<Record<string, { readonly name: string; readonly href: string }>>
  readonly me: string
  readonly myRoles: readonly string[]
  /** The message calls everyone, by right. */
  readonly everyone: boolean
}

/** The name a person goes by. */
export const nameOf = (user: PublicUser) => user.display_name || user.username

/** namesIn looks up what the names in a message are now. Only data, so that two of them can be compared as JSON. */
export function namesIn(nodes: readonly RichNode[], message: Message, session: Session, server: ServerState | undefined): Names {
  const users: Record<string, string> = {}
  for (const id of named(nodes, 'user')) {
    const user = session.people.get(id)
    if (user) users[id] = nameOf(user)
  }
  const channels: Record<string, { name: string; href: string }> = {}
  for (const id of named(nodes, 'channel')) {
    const info = server?.channels.get(id)?.info
    if (info) channels[id] = { name: info.name, href: address({ name: 'channel', server: info.server_id, channel: id }) }
  }
  return { users, channels, me: session.me.id, myRoles: server?.member.role_ids ?? [], everyone: message.mentions.everyone }
}

/** A mention as it is shown, sign included; "" for what is none. */
export function mentionText(node: RichNode, names: Names): string {
  const mention = mentionOf(node)
  switch (mention?.kind) {
    case 'user':
      return '@' + (names.users[mention.value] ?? t('someone'))
    case 'channel':
      return '#' + (names.channels[mention.value]?.name ?? t('unknown_channel'))
    case 'role':
      return t('role')
    case 'everyone':
      return '@' + mention.value
    default:
      return ''
  }
}
