import { shortcuts, type Key, type ShortcutID } from './shortcuts'
import type { t } from './texts'

type TextKey = Parameters<typeof t>[0]

/** One line of the help: what happens, and the keys; alternatives one after the other. */
export interface Line {
  readonly text: TextKey
  readonly keys: readonly (readonly Key[])[]
}

/** Lines that belong together. */
export interface Group {
  readonly title: TextKey
  readonly lines: readonly Line[]
}

const globalTexts: Record<ShortcutID, TextKey> = {
  switcher: 'switcher',
  help: 'help',
  settings: 'settings',
  'previous-channel': 'previousChannel',
  'next-channel': 'nextChannel',
  'previous-unread': 'previousUnread',
  'next-unread': 'nextUnread',
  'next-region': 'nextRegion',
  'previous-region': 'previousRegion',
  'mark-read': 'markRead',
}

/** Everything that has a key. */
export const groups: readonly Group[] = [
  { title: 'everywhere', lines: shortcuts.map(({ id, keys }) => ({ text: globalTexts[id], keys: [keys] })) },
  {
    title: 'inComposer',
    lines: [
      { text: 'send', keys: [['Enter']] },
      { text: 'newLine', keys: [['Shift', 'Enter']] },
      { text: 'editLast', keys: [['Up']] },
      { text: 'cancelReply', keys: [['Escape']] },
      { text: 'nameSomeone', keys: [['@']] },
      { text: 'nameChannel', keys: [['#']] },
      { text: 'bold', keys: [['Mod', 'B']] },
      { text: 'italic', keys: [['Mod', 'I']] },
      { text: 'code', keys: [['Mod', 'E']] },
      { text: 'strike', keys: [['Mod', 'Shift', 'X']] },
    ],
  },
  {
    title: 'inLog',
    lines: [
      { text: 'moveMessage', keys: [['Up'], ['Down']] },
      { text: 'ends', keys: [['Home'], ['End']] },
      { text: 'menu', keys: [['Enter'], ['M']] },
      { text: 'reply', keys: [['R']] },
      { text: 'edit', keys: [['E']] },
      { text: 'remove', keys: [['Delete']] },
      { text: 'backToWriting', keys: [['Escape']] },
    ],
  },
  {
    title: 'inLists',
    lines: [
      { text: 'move', keys: [['Up'], ['Down']] },
      { text: 'ends', keys: [['Home'], ['End']] },
      { text: 'choose', keys: [['Enter']] },
      { text: 'close', keys: [['Escape']] },
    ],
  },
]
