import type { ChannelState, ServerState, State } from '@/model/types'
import { totalMentions } from '@/model/unread'

/** Writes where one is, and how often one was meant, into the tab's title. */
export function showTitle(state: State, server: ServerState | undefined, channel: ChannelState | undefined): void {
  const mentions = totalMentions(state)
  const place = [channel && '#' + channel.info.name, server?.info.name, 'Beep'].filter(Boolean).join(' · ')
  document.title = mentions > 0 ? `(${mentions > 99 ? '99+' : mentions}) ${place}` : place
}
