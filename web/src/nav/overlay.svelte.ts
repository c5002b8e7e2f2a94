import type { ChannelID, ServerID } from '@contract/types.gen'

/** What may lie over the page: one at a time, so never a dialog on a dialog. */
export type Overlay =
  | { kind: 'switcher' }
  | { kind: 'keyboard-help' }
  | { kind: 'add-server' }
  | { kind: 'create-channel'; server: ServerID; parent?: ChannelID; type?: 'text' | 'category' }
  | { kind: 'delete-channel'; channel: ChannelID }
  | { kind: 'invite'; server: ServerID }
  | { kind: 'leave-server'; server: ServerID }
  | { kind: 'delete-server'; server: ServerID }
  | { kind: 'sign-out' }

let current = $state.raw<Overlay | null>(null)

export const overlay = {
  get current(): Overlay | null {
    return current
  },
  open(next: Overlay): void {
    current = next
  },
  close(): void {
    current = null
  },
}
