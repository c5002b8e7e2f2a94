import { SvelteMap } from 'svelte/reactivity'
import { channelTree, type ChannelGroup } from '@/model/channels'
import type { ServerState } from '@/model/types'
import type { Session } from '@/session/port'
import type { Channel, ChannelID } from '@contract/types.gen'
import { place, placed, type Placed } from './placement'

/** Where a channel was put before the event tells of it. */
interface Put {
  readonly position: number
  /** Version of the answer; the event of it, or a later one, has the last word. */
  readonly version: number | undefined
}

/** The order of a server's channels as the person has made it; it shows at once, and the node's word comes after. */
export class Ordering {
  readonly #session: Session
  readonly #server: () => ServerState
  readonly #put = new SvelteMap<ChannelID, Put>()
  #busy = $state(false)

  readonly tree: ChannelGroup[] = $derived.by(() => channelTree(placed(this.#server(), (channel) => this.#placeOf(channel))))

  constructor(session: Session, server: () => ServerState) {
    this.#session = session
    this.#server = server
  }

  get busy(): boolean {
    return this.#busy
  }

  #placeOf({ id, version }: Placed & { version: number }): number | undefined {
    const put = this.#put.get(id)
    return put && (put.version === undefined || version < put.version) ? put.position : undefined
  }

  /** Those a channel can change places with, in their order: the ones beside it, of its own kind. */
  siblings(channel: Channel): Channel[] {
    const category = channel.type === 'category'
    const group = category
      ? this.tree.flatMap((each) => each.category ?? [])
      : (this.tree.find((each) => each.channels.some(({ info }) => info.id === channel.id))?.channels ?? [])
    return group.map(({ info }) => info).filter(({ type }) => type === channel.type)
  }

  /** Moves a channel up (-1) or down (1) among its siblings. Where the node refuses, the order is as before and the error is thrown. */
  async move(channel: Channel, by: -1 | 1): Promise<void> {
    const siblings = this.siblings(channel)
    const from = siblings.findIndex(({ id }) => id === channel.id)
    if (this.#busy || !siblings[from + by]) return
    const changed = place(siblings, from, from + by)
    this.#busy = true
    for (const { id, position } of changed) this.#put.set(id, { position, version: undefined })
    try {
      for (const { id, position } of changed) {
        const { version } = await this.#session.rest('updateChannel', { params: { channel_id: id }, body: { position } })
        this.#put.set(id, { position, version })
      }
    } catch (error) {
      for (const { id } of changed) if (this.#put.get(id)?.version === undefined) this.#put.delete(id)
      throw error
    } finally {
      this.#busy = false
    }
  }
}
