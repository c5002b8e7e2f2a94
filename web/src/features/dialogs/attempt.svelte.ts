import { Problem } from '@/api/problem'
import { explain } from '@/ui/problems'

/**
 * Attempt is one thing a person tries by a form: busy while it is under way, and afterwards what was wrong, at the fields named when
 * it was made or, for everything else, in one line.
 */
export class Attempt {
  #busy = $state(false)
  #error = $state.raw<unknown>(undefined)
  readonly #fields: readonly string[]

  constructor(...fields: string[]) {
    this.#fields = fields
  }

  get busy(): boolean {
    return this.#busy
  }

  /** What is wrong with a field, in the person's language; undefined where nothing is. */
  field(name: string): string | undefined {
    return this.#error instanceof Problem ? this.#error.field(name)?.detail : undefined
  }

  /** What went wrong besides the fields; "" where nothing did. */
  get rest(): string {
    if (this.#error === undefined || this.#fields.some((name) => this.field(name))) return ''
    return explain(this.#error)
  }

  /** Tries; true when it went well. While one try is under way another does nothing. */
  async run(act: () => Promise<unknown>): Promise<boolean> {
    if (this.#busy) return false
    this.#busy = true
    this.#error = undefined
    try {
      await act()
      return true
    } catch (error) {
      this.#error = error
      return false
    } finally {
      this.#busy = false
    }
  }

  /** Shows what went wrong elsewhere. */
  fail(error: unknown): void {
    this.#error = error
  }

  clear(): void {
    this.#error = undefined
  }
}
