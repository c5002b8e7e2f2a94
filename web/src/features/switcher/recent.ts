import type { ChannelID, UserID } from '@contract/types.gen'

/** How many channels are remembered. */
const kept = 30

const keyOf = (user: UserID) => `beep.recent.${user}`

/** noteVisit remembers on this device that a person was in a channel. */
export function noteVisit(user: UserID, channel: ChannelID, storage: Storage = localStorage): void {
  const list = [channel, ...recentOf(user, storage).filter((id) => id !== channel)].slice(0, kept)
  try {
    storage.setItem(keyOf(user), JSON.stringify(list))
  } catch {
    // Without room the list stays as it was; nothing depends on it.
  }
}

/** recentOf lists the channels a person was in, latest first. */
export function recentOf(user: UserID, storage: Storage = localStorage): ChannelID[] {
  try {
    const list: unknown = JSON.parse(storage.getItem(keyOf(user)) ?? '[]')
    return Array.isArray(list) ? list.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}
