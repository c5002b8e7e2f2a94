import { compareIds } from '@/model/ids'
import type { ChannelState, Page } from '@/model/types'
import type { MessageID } from '@contract/types.gen'

/** What is known at a moment: the channel, whether its end is in view, and whether the person looks. */
export interface Moment {
  readonly channel: ChannelState
  readonly atEnd: boolean
  readonly attentive: boolean
}

/**
 * lineAfter tells where the unread line stands in what is loaded, "" for nowhere. When all of it came after what was read, only the
 * beginning of the channel is its place: elsewhere it would move up with every page that comes, and take the view with it.
 */
export function lineAfter(page: Pick<Page, 'messages' | 'atStart'> | null, read: MessageID | ''): MessageID | '' {
  const first = page?.messages[0]
  return first && (page.atStart || compareIds(first.id, read) <= 0) ? read : ''
}

/**
 * Where the unread line stands, how many messages came below the fold, and when the channel is read. The line stays where it was when
 * the channel was opened; it moves only to what comes while the person is away and had read past it.
 */
export class Reading {
  /** The last message before the unread line, "" for none. */
  unreadAfter = $state<MessageID | ''>('')
  /** Messages that came while the end was out of view. */
  fresh = $state(0)
  #unread: number

  constructor(channel: ChannelState | undefined) {
    const read = channel?.read
    this.#unread = read?.unread_count ?? 0
    if (read && read.unread_count > 0) this.unreadAfter = read.last_read_id
  }

  /** Takes note of a moment; true when the channel is to be marked as read. */
  update({ channel, atEnd, attentive }: Moment): boolean {
    const unread = channel.read?.unread_count ?? 0
    const came = unread - this.#unread
    this.#unread = unread
    if (atEnd) this.fresh = 0
    else if (came > 0) this.fresh += came
    if (atEnd && attentive) return unread > 0
    if (came > 0 && channel.read && this.#mayMoveTo(channel.read.last_read_id, attentive))
      this.unreadAfter = channel.read.last_read_id
    return false
  }

  #mayMoveTo(read: MessageID, attentive: boolean): boolean {
    return this.unreadAfter === '' || (!attentive && compareIds(read, this.unreadAfter) > 0)
  }

  /** Takes the line away. */
  dismiss(): void {
    this.unreadAfter = ''
  }
}
