import { Problem } from '@/api/problem'
import type { Session } from '@/session/port'
import { explain } from '@/ui/problems'
import type { PluginTrial, ServerID, ServerPlugin, UpdatePluginRequest } from '@contract/types.gen'
import { unsavedIn } from '../draft.svelte'
import { pluginKey } from '../keys'
import { check, type Issue } from './form/check'
import { fieldOf, type GroupField } from './form/fields'
import { differences, merge, typedAt, withAt, type Conflict } from './form/merge'
import { isIn } from './form/paths'
import { issueAt, titlesTo } from './form/places'
import type { Schema } from './form/schema'
import { say } from './form/texts'
import { memberOf, same, typedOf, valueOf, type Typed, type TypedGroup } from './form/typed'
import { t } from './texts'

/** What the form of a plugin holds besides its configuration; each has its place in the page. */
export const dryRun = '/dry_run'
export const onFailure = '/on_failure'
export const config = '/config'

/** The whole form, described as a schema like the part that comes from the plugin. */
const wholeOf = (schema: Schema | null): GroupField =>
  fieldOf({
    type: 'object',
    required: ['dry_run', 'on_failure', 'config'],
    properties: {
      dry_run: { type: 'boolean' },
      on_failure: { type: 'string', enum: ['open', 'closed'] },
      config: schema ?? { type: 'object' },
    },
  }) as GroupField

/**
 * PluginDraft is the form over a server's settings of one plugin. Others may save meanwhile: what only they changed is taken over
 * at once, and what both changed stays as it was typed and is told as a conflict. What is not saved is kept until the session ends.
 */
export class PluginDraft {
  readonly #session: Session
  readonly #server: ServerID
  readonly #key: string
  #plugin: ServerPlugin
  #field: GroupField
  #saved: TypedGroup
  #typed: TypedGroup
  #conflicts = $state.raw<readonly Conflict[]>([])
  #joined = $state(false)
  #busy = $state(false)
  /** What the node refused, and what it said besides. */
  #refused = $state.raw<readonly Issue[]>([])
  #rest = $state('')
  /** Places that one has left: what is wrong there is told. "all" after an attempt to save. */
  #left = $state.raw<ReadonlySet<string> | 'all'>(new Set())
  readonly #issues = $derived.by(() => check(this.#field, this.#typed))
  readonly #changed = $derived.by(() => differences(this.#field, this.#saved, this.#typed))

  constructor(session: Session, server: ServerID, plugin: ServerPlugin) {
    this.#session = session
    this.#server = server
    this.#key = pluginKey(server, plugin.plugin_id)
    this.#plugin = $state.raw(plugin)
    this.#field = $state.raw(wholeOf(plugin.config_schema))
    this.#saved = $state.raw(this.#formOf(plugin))
    this.#typed = $state.raw(this.#saved)
    const kept = unsavedIn(session).get(this.#key)
    if (kept) this.#recall(JSON.parse(kept.saved ?? '{}') as ServerPlugin, JSON.parse(kept.value ?? '{}'))
  }

  get plugin(): ServerPlugin {
    return this.#plugin
  }

  get field(): GroupField {
    return this.#field
  }

  get typed(): TypedGroup {
    return this.#typed
  }

  get busy(): boolean {
    return this.#busy
  }

  get rest(): string {
    return this.#rest
  }

  /** How many values are not as they were saved. */
  get changed(): number {
    return this.#changed
  }

  /** What someone else changed in another way than was done here. */
  get conflicts(): readonly Conflict[] {
    return this.#conflicts
  }

  /** Something was taken over from what someone else saved while this form was edited. */
  get joined(): boolean {
    return this.#joined
  }

  /** Where a conflict is, for people. */
  placeOf({ path, field }: Conflict): string {
    if (path === dryRun) return t('dry_run')
    if (path === onFailure) return t('on_failure')
    const titles = titlesTo(this.#field, this.#typed, path).map(({ title }) => say(title))
    return titles.filter(Boolean).join(' › ') || say(field.title) || path
  }

  /**
   * Puts a value at a path of property names. at is where the change is, below that path: what the node said of other places stays
   * true.
   */
  set(path: string, value: Typed | undefined, at = path): void {
    this.#typed = withAt(this.#typed, path, value) as TypedGroup
    this.#refused = this.#refused.filter((issue) => !isIn(issue.path, at) && !isIn(at, issue.path))
    this.#rest = ''
    this.#keep()
  }

  /** What is wrong at a place, once it is time to say so. */
  problem(path: string): string | undefined {
    const told = this.#left === 'all' || this.#left.has(path)
    const own = told ? this.#issues.find((issue) => issue.path === path) : undefined
    return (own ?? this.#refused.find((issue) => issue.path === path))?.text
  }

  /** Whether something is said to be wrong at a place or in it. */
  wrongIn(path: string): boolean {
    const inside = (issue: Issue) => isIn(issue.path, path)
    return this.#refused.some(inside) || (this.#left === 'all' && this.#issues.some(inside))
  }

  /** The person went on from a place. */
  leave(path: string): void {
    if (this.#left !== 'all' && !this.#left.has(path)) this.#left = new Set(this.#left).add(path)
  }

  /** Tells everything that is wrong; true where nothing is. */
  reveal(): boolean {
    this.#left = 'all'
    return this.#issues.length === 0
  }

  /** Takes back what was typed. */
  reset(): void {
    this.#typed = this.#saved
    this.#forgive()
    this.#conflicts = []
    this.#joined = false
    this.#keep()
  }

  /** The settings as they are now, by an answer or because someone else saved. Older ones than known are passed over. */
  meet(plugin: ServerPlugin): void {
    if (plugin.revision < this.#plugin.revision) return
    const before = this.#plugin
    this.#plugin = plugin
    const dirty = this.changed > 0
    if (JSON.stringify(plugin.config_schema) !== JSON.stringify(before.config_schema)) this.#replan(plugin)
    const theirs = this.#formOf(plugin)
    if (same(this.#field, theirs, this.#saved)) return
    this.#join(theirs, dirty)
  }

  /** Puts what someone else saved in the place of what was typed here. */
  take(conflict: Conflict): void {
    this.set(conflict.path, conflict.theirs)
    this.keepMine(conflict)
  }

  /** What was typed here stays, and takes the place of theirs when it is saved. */
  keepMine(conflict: Conflict): void {
    this.#conflicts = this.#conflicts.filter((one) => one !== conflict)
  }

  /** The word that something was taken over was read. */
  dismissJoined(): void {
    this.#joined = false
  }

  /**
   * Saves what changed; true when it went well. Nothing is saved over a conflict before the person chose. What was typed while it was
   * under way stays unsaved.
   */
  async save(): Promise<boolean> {
    if (this.#busy || this.#conflicts.length > 0) return false
    this.#rest = ''
    this.#refused = []
    if (!this.reveal()) return false
    const sent = this.#typed
    this.#busy = true
    try {
      const answer = await this.#session.rest('updatePlugin', {
        params: { server_id: this.#server, plugin_id: this.#plugin.plugin_id },
        headers: { 'If-Match': `"v${this.#plugin.revision}"` },
        body: this.#body(sent),
      })
      this.#took(answer, sent)
      return true
    } catch (error) {
      await this.#failed(error)
      return false
    } finally {
      this.#busy = false
    }
  }

  /** What the plugin would do with a text by the form as it is. undefined: the form is not right, which it now tells. */
  async trial(content: string, channel: string): Promise<PluginTrial | undefined> {
    const field = this.#configField
    const [saved, typed] = [memberOf(this.#saved, field), memberOf(this.#typed, field)]
    if (!this.reveal()) return undefined
    const params = { server_id: this.#server, plugin_id: this.#plugin.plugin_id }
    const unsaved = same(field, saved, typed) ? {} : { config: valueOf(field, typed) as Record<string, unknown> }
    try {
      return await this.#session.rest('tryPlugin', { params, body: { content, channel_id: channel || null, ...unsaved } })
    } catch (error) {
      if (!(error instanceof Problem) || this.#tell(error) === 0) throw error
      return undefined
    }
  }

  get #configField() {
    return this.#field.members.find(({ name }) => '/' + name === config) ?? this.#field
  }

  #formOf({ dry_run, on_failure, config: values }: Pick<ServerPlugin, 'dry_run' | 'on_failure' | 'config'>): TypedGroup {
    return typedOf(this.#field, { dry_run, on_failure, config: values }) as TypedGroup
  }

  #body(sent: TypedGroup): UpdatePluginRequest {
    const changed = this.#field.members.filter((member) => !same(member, memberOf(this.#saved, member), memberOf(sent, member)))
    return Object.fromEntries(changed.map((member) => [member.name, valueOf(member, memberOf(sent, member))]))
  }

  #took(answer: ServerPlugin, sent: TypedGroup): void {
    this.#plugin = answer.revision >= this.#plugin.revision ? answer : this.#plugin
    this.#saved = sent
    this.#forgive()
    this.#conflicts = []
    this.#joined = false
    this.#join(this.#formOf(this.#plugin), false)
  }

  /** Takes in another form of what is saved. */
  #join(theirs: TypedGroup, tell: boolean): void {
    const { typed, conflicts } = merge(this.#field, this.#saved, this.#typed, theirs)
    this.#saved = theirs
    this.#typed = typed as TypedGroup
    const open = this.#conflicts.filter(({ path, field, theirs: old }) => same(field, old, typedAt(theirs, path)))
    this.#conflicts = [...open, ...conflicts]
    this.#joined = tell && this.changed > 0
    this.#keep()
  }

  /** Another version of the plugin has another form: what is typed is brought over by its values. */
  #replan({ config_schema }: ServerPlugin): void {
    const [saved, typed] = [valueOf(this.#field, this.#saved), valueOf(this.#field, this.#typed)]
    this.#field = wholeOf(config_schema)
    this.#saved = typedOf(this.#field, saved) as TypedGroup
    this.#typed = typedOf(this.#field, typed) as TypedGroup
    this.#forgive()
    this.#conflicts = []
  }

  #recall(saved: ServerPlugin, typed: TypedGroup): void {
    const now = this.#saved
    this.#saved = this.#formOf(saved)
    this.#typed = typed
    if (!same(this.#field, now, this.#saved)) this.#join(now, true)
  }

  #forgive(): void {
    this.#refused = []
    this.#rest = ''
    this.#left = new Set()
  }

  async #failed(error: unknown): Promise<void> {
    const conflict = error instanceof Problem && error.code === 'version_conflict'
    if (!conflict) {
      this.#rest = error instanceof Problem && this.#tell(error) ? this.#homeless(error) : explain(error)
      return
    }
    const params = { server_id: this.#server, plugin_id: this.#plugin.plugin_id }
    try {
      this.meet(await this.#session.rest('getPlugin', { params }))
      this.#rest = t('saved_elsewhere')
    } catch (again) {
      this.#rest = explain(again)
    }
  }

  /** Brings what the node refused to its places; gives how many found one. */
  #tell(problem: Problem): number {
    this.#refused = problem.fields.flatMap(({ pointer, detail }) => this.#issueAt(pointer, detail) ?? [])
    return this.#refused.length
  }

  #issueAt = (pointer: string, detail: string) => issueAt(this.#field, this.#typed, pointer, detail)

  /** What the node said that has no place in this form; "" where everything has one. */
  #homeless({ fields }: Problem): string {
    const without = fields.filter(({ pointer, detail }) => !this.#issueAt(pointer, detail))
    return without.map(({ detail }) => detail).join(' ')
  }

  #keep(): void {
    const kept = unsavedIn(this.#session)
    if (this.changed === 0) return void kept.delete(this.#key)
    const { dry_run, on_failure, config: values } = this.#plugin
    const saved = JSON.stringify({ dry_run, on_failure, config: values })
    kept.set(this.#key, { saved, value: JSON.stringify(this.#typed) })
  }
}
