import type { Key } from './shortcuts'
import { t } from './texts'

/** How a key is shown, and how it is said where the sign is no word. */
export interface KeyFace {
  readonly sign: string
  readonly said: string
}

/** face gives the sign of a key on this keyboard. */
export function face(key: Key, mac: boolean): KeyFace {
  switch (key) {
    case 'Mod':
      return mac ? { sign: '⌘', said: t('keyCommand') } : word(t('keyCtrl'))
    case 'Alt':
      return mac ? { sign: '⌥', said: t('keyOption') } : word('Alt')
    case 'Shift':
      return mac ? { sign: '⇧', said: t('keyShift') } : word(t('keyShift'))
    case 'Up':
      return { sign: '↑', said: t('keyUp') }
    case 'Down':
      return { sign: '↓', said: t('keyDown') }
    case 'Enter':
      return word(t('keyEnter'))
    case 'Escape':
      return word(t('keyEscape'))
    case 'Home':
      return word(t('keyHome'))
    case 'End':
      return word(t('keyEnd'))
    case 'Delete':
      return word(t('keyDelete'))
    default:
      return word(key)
  }
}

const word = (text: string): KeyFace => ({ sign: text, said: text })
