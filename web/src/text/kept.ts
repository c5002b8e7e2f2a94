/**
 * What this browser keeps from one visit to the next. Reading localStorage itself throws where a person forbids it, and embedded browsers
 * have none: then nothing is kept, and what was chosen holds until the page goes.
 */
export function kept(key: string): string | null {
  return allowed((storage) => storage.getItem(key))
}

/** The list of texts kept under a key; empty where something else is. */
export function keptList(key: string): string[] {
  try {
    const list: unknown = JSON.parse(kept(key) ?? '[]')
    return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : []
  } catch {
    return []
  }
}

/** Keeps a text under a key, where there is room. */
export function keep(key: string, value: string): void {
  allowed((storage) => storage.setItem(key, value))
}

/** Keeps nothing under a key any more. */
export function forget(key: string): void {
  allowed((storage) => storage.removeItem(key))
}

function allowed<T>(use: (storage: Storage) => T): T | null {
  try {
    return use(localStorage)
  } catch {
    return null
  }
}
