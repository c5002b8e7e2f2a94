/**
 * compareIds orders ids as the node does. They are decimal strings without leading zeros, too large for a number: the longer one is
 * the greater one, then the text decides. "" stands for none and comes first.
 */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

/** The greater of two ids. */
export const maxId = (a: string, b: string): string => (compareIds(a, b) < 0 ? b : a)

/** Where an id is in a sorted list, or where it would have to be. */
export function locate<T>(sorted: readonly T[], id: string, idOf: (item: T) => string): { at: number; found: boolean } {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareIds(idOf(sorted[middle] as T), id) < 0) low = middle + 1
    else high = middle
  }
  const there = sorted[low]
  return { at: low, found: there !== undefined && idOf(there) === id }
}
