import type { ChannelID } from '@contract/types.gen'
import { SvelteSet } from 'svelte/reactivity'

const kept = 'beep.folds'

/** The categories that are folded on this device. */
const folded = new SvelteSet<ChannelID>(read())

function read(): string[] {
  try {
    return JSON.parse(localStorage.getItem(kept) ?? '[]')
  } catch {
    return []
  }
}

export const folds = {
  has: (category: ChannelID) => folded.has(category),
  toggle(category: ChannelID): void {
    if (!folded.delete(category)) folded.add(category)
    try {
      localStorage.setItem(kept, JSON.stringify([...folded]))
    } catch {
      // Without storage it holds until the page goes.
    }
  },
}
