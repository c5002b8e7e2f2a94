import type { ChannelID } from '@contract/types.gen'
import { untrack } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import { Timer, type Environment } from './environment'
import type { Drafts as Port } from './port'
import type { Store } from './store'

const part = 'draft'

/** How long typing pauses before a draft is written down. */
export const restMs = 300

/** What was typed and not sent: in memory at once, on this device a moment later, and in the other tabs with that. */
export class Drafts implements Port {
  readonly #store: Store
  readonly #texts = new SvelteMap<ChannelID, string>()
  readonly #unwritten = new Set<ChannelID>()
  readonly #timer = new Timer()
  readonly #unlisten: (() => void)[]

  constructor(environment: Environment, store: Store) {
    this.#store = store
    for (const channel of store.names(part)) this.#put(channel, store.get(store.key(part, channel)))
    this.#unlisten = [
      environment.listen('pagehide', () => this.flush()),
      store.follow(part, (channel, text) => {
        // What is typed here and not yet written is newer.
        if (!this.#unwritten.has(channel)) this.#put(channel, text)
      }),
    ]
  }

  get(channel: ChannelID): string {
    return this.#texts.get(channel) ?? ''
  }

  has(channel: ChannelID): boolean {
    return this.#texts.has(channel)
  }

  set(channel: ChannelID, text: string): void {
    if (text === untrack(() => this.get(channel))) return
    this.#put(channel, text)
    this.#unwritten.add(channel)
    this.#timer.set(restMs, () => this.flush())
  }

  /** Writes down now what is not. */
  flush(): void {
    this.#timer.clear()
    for (const channel of this.#unwritten) this.#store.set(this.#store.key(part, channel), this.#texts.get(channel) ?? null)
    this.#unwritten.clear()
  }

  /** Writes down what is left, unless the person's things are to go. */
  close(keep: boolean): void {
    if (keep) this.flush()
    this.#timer.clear()
    for (const unlisten of this.#unlisten) unlisten()
  }

  #put(channel: ChannelID, text: string | null): void {
    if (text) this.#texts.set(channel, text)
    else this.#texts.delete(channel)
  }
}
