import type { ServerState } from '@/model/types'
import type { ChannelID } from '@contract/types.gen'

/** A channel among its siblings. */
export interface Placed {
  readonly id: ChannelID
  readonly position: number
}

/**
 * place moves one of the siblings, which are given in their order, to another index, and gives the positions that must change for it. Two
 * siblings may have had the same position; afterwards those that matter differ.
 */
export function place(siblings: readonly Placed[], from: number, to: number): Placed[] {
  const order = [...siblings]
  const [moved] = order.splice(from, 1)
  if (!moved) return []
  order.splice(to, 0, moved)
  const first = Math.min(from, to)
  let least = order[first - 1] ? (siblings[first - 1] as Placed).position + 1 : 0
  return order.slice(first).flatMap(({ id, position }, at) => {
    const slot = Math.max(least, siblings[first + at]?.position ?? least)
    least = slot + 1
    return slot === position ? [] : [{ id, position: slot }]
  })
}

/** placed gives a server whose channels stand elsewhere; undefined leaves a channel where it is. */
export function placed(
  server: ServerState,
  positionOf: (channel: Placed & { version: number }) => number | undefined,
): ServerState {
  const channels = new Map(server.channels)
  for (const [id, channel] of channels) {
    const position = positionOf(channel.info)
    if (position !== undefined) channels.set(id, { ...channel, info: { ...channel.info, position } })
  }
  return { ...server, channels }
}
