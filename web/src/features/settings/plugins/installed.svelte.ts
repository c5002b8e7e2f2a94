import type { Session } from '@/session/port'
import type { PluginID, ServerID, ServerPlugin } from '@contract/types.gen'

/** While a plugin is being compiled, the list is asked for again so often: no event tells when it is ready. */
export const compilingEveryMs = 2_000

/** The plugins that a server may use, with its settings of them. Fetched when asked; what was known stays while that is under way. */
export class Installed {
  readonly #session: Session
  readonly #server: ServerID
  #items = $state.raw<readonly ServerPlugin[]>()
  #failed = $state.raw<unknown>()
  #asked = 0

  constructor(session: Session, server: ServerID) {
    this.#session = session
    this.#server = server
  }

  /** undefined until they came. */
  get items(): readonly ServerPlugin[] | undefined {
    return this.#items
  }

  /** Why they did not come; undefined where there is something to show. */
  get failed(): unknown {
    return this.#items ? undefined : this.#failed
  }

  /** Some plugin will be ready later. */
  get compiling(): boolean {
    return this.#items?.some(({ state }) => state === 'compiling') ?? false
  }

  get(plugin: PluginID): ServerPlugin | undefined {
    return this.#items?.find(({ plugin_id }) => plugin_id === plugin)
  }

  /** Fetches the list; an answer that a later question overtook is dropped. */
  async load(): Promise<void> {
    const asked = ++this.#asked
    this.#failed = undefined
    try {
      const { plugins } = await this.#session.rest('listPlugins', { params: { server_id: this.#server } })
      if (asked === this.#asked) this.#items = plugins.map((plugin) => newer(plugin, this.get(plugin.plugin_id)))
    } catch (error) {
      if (asked === this.#asked) this.#failed = error
    }
  }

  /** Takes in the answer to a change. */
  put(plugin: ServerPlugin): void {
    this.#items = this.#items?.map((one) => (one.plugin_id === plugin.plugin_id ? newer(plugin, one) : one))
  }

  /** Switches a plugin on or off; throws a Problem. */
  async enable({ plugin_id }: ServerPlugin, enabled: boolean): Promise<void> {
    const params = { server_id: this.#server, plugin_id }
    this.put(await this.#session.rest('updatePlugin', { params, body: { enabled } }))
  }
}

/** An answer may have been made before one that came first. */
const newer = (plugin: ServerPlugin, known: ServerPlugin | undefined) =>
  known && known.revision > plugin.revision ? { ...known, state: plugin.state, resting: plugin.resting } : plugin
