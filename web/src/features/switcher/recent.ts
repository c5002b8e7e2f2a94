import { keep, keptList } from '@/text/kept'
import type { ChannelID, UserID } from '@contract/types.gen'

/** How many channels are remembered. */
const most = 30

const keyOf = (user: UserID) => `beep.recent.${user}`

/** noteVisit remembers on this device that a person was in a channel. */
export function noteVisit(user: UserID, channel: ChannelID): void {
  const list = [channel, ...recentOf(user).filter((id) => id !== channel)].slice(0, most)
  keep(keyOf(user), JSON.stringify(list))
}

/** recentOf lists the channels a person was in, latest first. */
export const recentOf = (user: UserID): ChannelID[] => keptList(keyOf(user))
