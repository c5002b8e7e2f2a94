import type { ServerState, State } from '@/model/types'
import { compareIds } from '@/model/ids'

/** The servers as the rail shows them: by when the person came in, so that a new one never moves the others. */
export function serversInOrder(state: State): ServerState[] {
  return [...state.servers.values()].sort(
    (a, b) => a.member.joined_at.localeCompare(b.member.joined_at) || compareIds(a.info.id, b.info.id),
  )
}
