import type { Session } from '@/session/port'
import type { PluginID, PluginVerdict, ServerID } from '@contract/types.gen'

/** So many are fetched at once. */
export const pageSize = 30

/** What a plugin did in a server, newest first, page by page as one asks for more. */
export class Verdicts {
  readonly #session: Session
  readonly #params: { server_id: ServerID; plugin_id: PluginID }
  #items = $state.raw<readonly PluginVerdict[]>()
  #failed = $state.raw<unknown>()
  #busy = $state(false)
  #complete = $state(false)

  constructor(session: Session, server_id: ServerID, plugin_id: PluginID) {
    this.#session = session
    this.#params = { server_id, plugin_id }
  }

  /** undefined until the first came. */
  get items(): readonly PluginVerdict[] | undefined {
    return this.#items
  }

  /** Why the last page did not come. */
  get failed(): unknown {
    return this.#failed
  }

  get busy(): boolean {
    return this.#busy
  }

  /** There are no older ones. */
  get complete(): boolean {
    return this.#complete
  }

  /** Fetches the newest, in the place of all that was there. */
  refresh(): Promise<void> {
    return this.#load(undefined)
  }

  /** Fetches older ones. */
  more(): Promise<void> {
    return this.#load(this.#items?.at(-1)?.id)
  }

  async #load(before: string | undefined): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    this.#failed = undefined
    try {
      const query = { before, limit: pageSize }
      const { verdicts } = await this.#session.rest('listVerdicts', { params: this.#params, query })
      this.#items = before === undefined ? verdicts : [...(this.#items ?? []), ...verdicts]
      this.#complete = verdicts.length < pageSize
    } catch (error) {
      this.#failed = error
    } finally {
      this.#busy = false
    }
  }
}
