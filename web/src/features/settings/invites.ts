import type { Rest } from '@/api/rest'
import type { Invite, ServerID } from '@contract/types.gen'

const pageSize = 100
/** The most a node keeps of one server is 4,000. */
const maxPages = 40

/** allInvites fetches the invites of a server that still work, the newest first. */
export async function allInvites(rest: Rest, server: ServerID): Promise<readonly Invite[]> {
  const all: Invite[] = []
  let cursor: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const query = cursor === undefined ? { limit: pageSize } : { limit: pageSize, cursor }
    const { items, next } = await rest('listInvites', { params: { server_id: server }, query })
    all.push(...items)
    if (next === null) break
    cursor = next
  }
  return all.sort((a, b) => b.created_at.localeCompare(a.created_at))
}
