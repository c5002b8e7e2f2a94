import type { Environment } from './environment'

/**
 * What a person leaves on this device, under keys that carry the person's id. Browsers may refuse to keep anything: then all goes on
 * without, and the first refusal is told.
 */
export class Store {
  readonly #environment: Environment
  readonly #user: string
  readonly #refused: () => void
  #told = false

  constructor(environment: Environment, user: string, refused: () => void) {
    this.#environment = environment
    this.#user = user
    this.#refused = refused
  }

  /** The full key of a part, such as "beep.draft.USER.CHANNEL". */
  key(part: string, name = ''): string {
    return `beep.${part}.${this.#user}.${name}`
  }

  get(key: string): string | null {
    return this.#try((storage) => storage.getItem(key)) ?? null
  }

  /** null removes it. */
  set(key: string, value: string | null): void {
    this.#try((storage) => (value === null ? storage.removeItem(key) : storage.setItem(key, value)))
  }

  /** The names that are kept of a part. */
  names(part: string): string[] {
    const prefix = this.key(part)
    return this.#keys()
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length))
  }

  /** Removes everything of this person, of whatever part: keys are "beep.PART.USER" and, with names, longer. */
  forget(): void {
    for (const key of this.#keys()) {
      const [beep, , user] = key.split('.')
      if (beep === 'beep' && user === this.#user) this.set(key, null)
    }
  }

  /** Follows what other tabs change in a part. */
  follow(part: string, changed: (name: string, value: string | null) => void): () => void {
    const prefix = this.key(part)
    return this.#environment.listen('storage', ({ key, newValue }) => {
      if (key?.startsWith(prefix)) changed(key.slice(prefix.length), newValue)
    })
  }

  #keys(): string[] {
    return this.#try((storage) => Array.from({ length: storage.length }, (_, n) => storage.key(n) ?? '')) ?? []
  }

  #try<T>(use: (storage: Storage) => T): T | undefined {
    try {
      if (this.#environment.storage) return use(this.#environment.storage)
    } catch {
      // Full, or forbidden: told below.
    }
    if (!this.#told) this.#refused()
    this.#told = true
    return undefined
  }
}
