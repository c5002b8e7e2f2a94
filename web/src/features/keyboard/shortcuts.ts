import { isMac } from '@/ui/platform'
/** What a key of the table does. */
export type ShortcutID =
  | 'switcher'
  | 'help'
  | 'settings'
  | 'previous-channel'
  | 'next-channel'
  | 'previous-unread'
  | 'next-unread'
  | 'next-region'
  | 'previous-region'
  | 'mark-read'

/** A key as the table names it: `Mod` is Control, and the command key on a Mac. */
export type Key = 'Mod' | 'Alt' | 'Shift' | 'Enter' | 'Escape' | 'Up' | 'Down' | 'Home' | 'End' | 'Delete' | (string & {})

/** A global shortcut: pressed anywhere. */
export interface Shortcut {
  readonly id: ShortcutID
  readonly keys: readonly Key[]
}

/** The global shortcuts, in the order of the help. */
export const shortcuts: readonly Shortcut[] = [
  { id: 'switcher', keys: ['Mod', 'K'] },
  { id: 'previous-channel', keys: ['Alt', 'Up'] },
  { id: 'next-channel', keys: ['Alt', 'Down'] },
  { id: 'previous-unread', keys: ['Alt', 'Shift', 'Up'] },
  { id: 'next-unread', keys: ['Alt', 'Shift', 'Down'] },
  { id: 'next-region', keys: ['F6'] },
  { id: 'previous-region', keys: ['Shift', 'F6'] },
  { id: 'mark-read', keys: ['Escape'] },
  { id: 'settings', keys: ['Mod', ','] },
  { id: 'help', keys: ['Mod', '/'] },
]

/** What of a keyboard event tells which keys were pressed. */
export type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'isComposing'>

/** shortcutOf gives the global shortcut that was pressed; undefined for every other key, and while an input method composes. */
export function shortcutOf(event: Pressed, mac = isMac()): ShortcutID | undefined {
  if (event.isComposing) return undefined
  return shortcuts.find(({ keys }) => pressed(event, keys, mac))?.id
}

function pressed(event: Pressed, keys: readonly Key[], mac: boolean): boolean {
  const mod = keys.includes('Mod')
  if (event.ctrlKey !== (mod && !mac) || event.metaKey !== (mod && mac) || event.altKey !== keys.includes('Alt')) return false
  const key = keys[keys.length - 1] as Key
  // Some layouts have / and , behind Shift.
  if (event.shiftKey !== keys.includes('Shift') && !/^[/,]$/.test(key)) return false
  return keyOf(event) === key
}

const arrows: Record<string, Key> = { ArrowUp: 'Up', ArrowDown: 'Down' }

/** The name of a key; on layouts without Latin letters, the letter at its place. */
function keyOf({ key, code }: Pressed): Key {
  if (key.length > 1) return arrows[key] ?? key
  const letter = /^[^\p{ASCII}]$/u.test(key) ? /^Key([A-Z])$/.exec(code)?.[1] : undefined
  return letter ?? key.toUpperCase()
}
