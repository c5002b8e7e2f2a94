import { keep, keptList } from '@/text/kept'
import type { Session } from '@/session/port'
import type { ChannelID } from '@contract/types.gen'
import { SvelteSet } from 'svelte/reactivity'

/** The categories that a person folded on this device; reactive. */
export interface Folds {
  has(category: ChannelID): boolean
  toggle(category: ChannelID): void
}

const bySession = new WeakMap<Session, Folds>()

/** foldsOf gives the folds of a session: where nothing is kept, they hold as long as it lasts. */
export function foldsOf(session: Session): Folds {
  const known = bySession.get(session) ?? read(`beep.folds.${session.me.id}`)
  bySession.set(session, known)
  return known
}

function read(key: string): Folds {
  const folded = new SvelteSet<ChannelID>(keptList(key))
  return {
    has: (category) => folded.has(category),
    toggle(category) {
      if (!folded.delete(category)) folded.add(category)
      keep(key, JSON.stringify([...folded]))
    },
  }
}
