import type { Icon } from '@/ui/icon'

/** A page of settings, as the list beside it shows it. */
export interface Place {
  readonly href: string
  readonly label: string
  readonly icon: Icon
  readonly here: boolean
  /** How many things are on it. */
  readonly count?: number | undefined
  /** It holds something that was typed and not saved. */
  readonly unsaved?: boolean | undefined
}

/** Pages under one heading. */
export interface Group {
  readonly title: string
  readonly places: readonly Place[]
}
