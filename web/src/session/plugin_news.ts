import { SvelteMap } from 'svelte/reactivity'
import type { BeepEvent } from '@contract/events.gen'
import type { ServerID } from '@contract/types.gen'
import type { PluginNews as Port } from './port'

/**
 * Counts the changes of plugin settings that were heard of. The settings are no part of the state: word lists are for those who
 * manage plugins, so an event says only that there are others now.
 */
export class PluginNews implements Port {
  readonly #heard = new SvelteMap<ServerID, number>()
  readonly #missed = new SvelteMap<'all', number>()

  of(server: ServerID): number {
    return (this.#heard.get(server) ?? 0) + (this.#missed.get('all') ?? 0)
  }

  hear(event: BeepEvent): void {
    if (event.type === 'plugin.updated' && event.server_id !== undefined) add(this.#heard, event.server_id)
    if (event.type === 'server.deleted' && event.server_id !== undefined) this.#heard.delete(event.server_id)
  }

  /** Events may have passed unheard. */
  missed(): void {
    add(this.#missed, 'all')
  }
}

function add<K>(counts: SvelteMap<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
