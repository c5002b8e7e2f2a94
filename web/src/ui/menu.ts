import type { Icon } from './icon'

/** One thing a menu offers. */
export interface MenuAction {
  label: string
  icon?: Icon
  danger?: boolean
  /** Shown at the row's end, such as a key. */
  hint?: string
  run(): void
}

/** A row of a menu. */
export type MenuItem = MenuAction | 'divider'
