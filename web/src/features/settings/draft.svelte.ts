import { SvelteMap } from 'svelte/reactivity'
import { Problem } from '@/api/problem'
import type { Session } from '@/session/port'
import { explain } from '@/ui/problems'
import { changes, unsent, type Values } from './changes'

const bySession = new WeakMap<Session, SvelteMap<string, Values>>()

/**
 * What was typed into forms and not saved, by the form's key: it is there when one comes back, until the session ends. Reactive where it
 * is asked for while a component is made.
 */
export function unsavedIn(session: Session): SvelteMap<string, Values> {
  const kept = bySession.get(session) ?? new SvelteMap<string, Values>()
  bySession.set(session, kept)
  return kept
}

interface Options<Thing extends { version: number }, T extends Values> {
  session: Session
  /** Names the form. */
  key: string
  current(): Thing
  read(thing: Thing): T
  /** Sends what changed, and gives the thing as it is afterwards. */
  save(changed: Partial<T>): Promise<Thing>
}

/** Draft is the form over a thing that others may change meanwhile: fields that were not edited follow it, edited ones stay. */
export class Draft<Thing extends { version: number }, T extends Values> {
  readonly #options: Options<Thing, T>
  readonly #kept: SvelteMap<string, Values>
  // The answer to the last save, until its event has come.
  #answer = $state.raw<Thing>()
  #busy = $state(false)
  #error = $state.raw<unknown>()

  constructor(options: Options<Thing, T>) {
    this.#options = options
    this.#kept = unsavedIn(options.session)
  }

  get #saved(): T {
    const { current, read } = this.#options
    const now = current()
    return read(this.#answer && this.#answer.version > now.version ? this.#answer : now)
  }

  get #edits(): Partial<T> {
    return (this.#kept.get(this.#options.key) ?? {}) as Partial<T>
  }

  #keep(edits: Partial<T>): void {
    const saved = this.#saved
    const differs = Object.keys(edits).some((name) => edits[name] !== saved[name])
    if (differs) this.#kept.set(this.#options.key, edits as Values)
    else this.#kept.delete(this.#options.key)
  }

  get busy(): boolean {
    return this.#busy
  }

  /** How many fields are not as they were saved. */
  get changed(): number {
    return Object.keys(changes(this.#saved, this.#edits)).length
  }

  get<K extends keyof T & string>(name: K): string {
    const saved: Values = this.#saved
    return this.#edits[name] ?? saved[name] ?? ''
  }

  set<K extends keyof T & string>(name: K, value: string): void {
    this.#keep({ ...this.#edits, [name]: value })
    if (this.field(name)) this.#error = undefined
  }

  /** Takes back what was typed. */
  reset(): void {
    this.#kept.delete(this.#options.key)
    this.#error = undefined
  }

  /** Saves; true when it went well. What was typed while it was under way stays unsaved. */
  async save(): Promise<boolean> {
    if (this.#busy) return false
    const sent = changes(this.#saved, this.#edits)
    this.#busy = true
    this.#error = undefined
    try {
      this.#answer = await this.#options.save(sent)
      this.#keep(unsent(this.#edits, sent))
      return true
    } catch (error) {
      this.#error = error
      return false
    } finally {
      this.#busy = false
    }
  }

  /** What is wrong with a field, in the person's language; undefined where nothing is. */
  field(name: string): string | undefined {
    return this.#error instanceof Problem ? fieldOf(this.#error, name) : undefined
  }

  /** What went wrong besides the fields of this form; "" where nothing did. */
  get rest(): string {
    if (this.#error === undefined || Object.keys(this.#saved).some((name) => this.field(name))) return ''
    return explain(this.#error)
  }
}

/** A username that is taken is told by its code alone. */
function fieldOf(problem: Problem, name: string): string | undefined {
  if (problem.code === 'username_taken' && name === 'username') return explain(problem)
  return problem.field(name)?.detail
}
