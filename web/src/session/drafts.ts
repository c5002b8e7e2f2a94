import { untrack } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import { Timer, type Environment } from './environment'
import type { Drafts as Port } from './port'
import type { Store } from './store'

const part = 'draft'

/** How long typing pauses before a draft is written down. */
export const restMs = 300

/** Edits in progress are kept so long, and so many: who looks for them has to find the message first. */
export const editLifeMs = 30 * 24 * 60 * 60_000
export const keptEdits = 200

const isEdit = (key: string) => key.startsWith('edit.')

interface Draft {
  readonly text: string
  /** When an edit was typed last. */
  readonly at: number
}

/** What was typed and not sent: in memory at once, on this device a moment later, and in the other tabs with that. */
export class Drafts implements Port {
  readonly #environment: Environment
  readonly #store: Store
  readonly #drafts = new SvelteMap<string, Draft>()
  readonly #unwritten = new Set<string>()
  readonly #timer = new Timer()
  readonly #unlisten: (() => void)[]

  constructor(environment: Environment, store: Store) {
    this.#environment = environment
    this.#store = store
    for (const key of store.names(part)) this.#put(key, read(key, store.get(store.key(part, key))))
    this.#dropOldEdits()
    this.#unlisten = [
      environment.listen('pagehide', () => this.flush()),
      store.follow(part, (key, kept) => {
        // What is typed here and not yet written is newer.
        if (!this.#unwritten.has(key)) this.#put(key, read(key, kept))
      }),
    ]
  }

  get count(): number {
    return [...this.#drafts.keys()].filter((key) => !isEdit(key)).length
  }

  get(key: string): string {
    return this.#drafts.get(key)?.text ?? ''
  }

  has(key: string): boolean {
    return this.#drafts.has(key)
  }

  set(key: string, text: string): void {
    untrack(() => {
      if (text === this.get(key)) return
      this.#put(key, { text, at: this.#environment.now() })
      this.#unwritten.add(key)
      this.#timer.set(restMs, () => this.flush())
    })
  }

  /** Writes down now what is not. */
  flush(): void {
    this.#timer.clear()
    for (const key of this.#unwritten) this.#store.set(this.#store.key(part, key), written(key, this.#drafts.get(key)))
    this.#unwritten.clear()
    this.#dropOldEdits()
  }

  /** Writes down what is left, unless the person's things are to go. */
  close(keep: boolean): void {
    if (keep) this.flush()
    this.#timer.clear()
    for (const unlisten of this.#unlisten) unlisten()
  }

  #put(key: string, draft: Draft | undefined): void {
    if (draft?.text) this.#drafts.set(key, draft)
    else this.#drafts.delete(key)
  }

  #dropOldEdits(): void {
    const since = this.#environment.now() - editLifeMs
    const edits = [...this.#drafts].filter(([key]) => isEdit(key)).sort(([, a], [, b]) => b.at - a.at)
    for (const [index, [key, { at }]] of edits.entries()) {
      if (index < keptEdits && at > since) continue
      this.#drafts.delete(key)
      this.#store.set(this.#store.key(part, key), null)
    }
  }
}

/** As it is kept: its text; an edit's after the time and a space. */
function written(key: string, draft: Draft | undefined): string | null {
  if (!draft) return null
  return isEdit(key) ? `${draft.at} ${draft.text}` : draft.text
}

function read(key: string, kept: string | null): Draft | undefined {
  if (!kept || !isEdit(key)) return { text: kept ?? '', at: 0 }
  const space = kept.indexOf(' ')
  return { text: kept.slice(space + 1), at: Number(kept.slice(0, space)) || 0 }
}
