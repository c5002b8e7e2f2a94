/** The part of the Web Locks API that a session uses. */
export interface Locks {
  request(
    name: string,
    options: { signal?: AbortSignal; steal?: boolean; ifAvailable?: boolean },
    held: (lock: unknown) => Promise<void> | void,
  ): Promise<unknown>
}

/** The part of a BroadcastChannel that a session uses: what one tab posts, every other tab hears, in order. */
export interface Broadcast {
  postMessage(message: unknown): void
  onmessage: ((message: { data: unknown }) => void) | null
  close(): void
}

interface Heard {
  /** The person looks at this tab again. */
  visible: unknown
  online: unknown
  offline: unknown
  pagehide: unknown
  storage: { key: string | null; newValue: string | null }
}

/** What a session needs of its browser. Timers are the global ones. */
export interface Environment {
  /** Milliseconds since 1970 by this machine's clock. */
  now(): number
  /** From 0 to 1, without 1. */
  random(): number
  /** A new name that nothing else has, at most 36 characters. */
  id(): string
  /** The name of this page among all that are open. */
  readonly page: string
  /** null where pages may not keep anything. */
  readonly storage: Storage | null
  /** null on plain http: then every tab is on its own. */
  readonly locks: Locks | null
  channel(name: string): Broadcast | null
  online(): boolean
  /** Calls back until the function it gives is called. */
  listen<Name extends keyof Heard>(name: Name, heard: (event: Heard[Name]) => void): () => void
}

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const newName = () => hex(crypto.getRandomValues(new Uint8Array(16)))
const page = newName()

/** The browser this page runs in. */
export function browser(): Environment {
  return {
    now: Date.now,
    random: Math.random,
    id: newName,
    page,
    storage: allowed(() => localStorage),
    locks: (navigator.locks as Locks | undefined) ?? null,
    channel: (name) => allowed(() => new BroadcastChannel(name) as Broadcast),
    online: () => navigator.onLine,
    listen(name, heard) {
      const [target, type] = name === 'visible' ? [document, 'visibilitychange'] : [window, name]
      const listener = (event: Event) => {
        if (name !== 'visible' || document.visibilityState === 'visible') heard(event as never)
      }
      target.addEventListener(type, listener)
      return () => target.removeEventListener(type, listener)
    },
  }
}

// Reading localStorage itself throws where the person forbids it.
function allowed<T>(get: () => T): T | null {
  try {
    return get()
  } catch {
    return null
  }
}

/** One alarm: setting it again moves it. */
export class Timer {
  #id: ReturnType<typeof setTimeout> | undefined

  get isSet(): boolean {
    return this.#id !== undefined
  }

  set(ms: number, ring: () => void): void {
    this.clear()
    this.#id = setTimeout(() => {
      this.#id = undefined
      ring()
    }, ms)
  }

  clear(): void {
    clearTimeout(this.#id)
    this.#id = undefined
  }
}
