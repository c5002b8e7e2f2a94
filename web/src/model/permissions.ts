import type { Message, UserID } from '@contract/types.gen'
import type { Permission, ServerState } from './types'

/** Whether the person has a right in a server. The node decides; this only tells what to offer. */
export function can(server: ServerState, permission: Permission): boolean {
  const owner = server.info.owner_id === server.member.user.id
  return owner || server.permissions.has('administrator') || server.permissions.has(permission)
}

/** Whether the person may edit a message: one's own, written by hand. */
export function canEdit(server: ServerState, message: Message, me: UserID): boolean {
  return isOwn(message, me) && can(server, 'send_messages')
}

/** Whether the person may delete a message: one's own, or any with the right to manage messages. */
export function canDelete(server: ServerState, message: Message, me: UserID): boolean {
  return isOwn(message, me) || can(server, 'manage_messages')
}

const isOwn = (message: Message, me: UserID) => message.author.id === me && message.type === 'message'
