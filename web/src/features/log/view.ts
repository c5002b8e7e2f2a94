/** What a log shows. */
export interface View {
  /** The end is in view, and is followed. */
  readonly atEnd: boolean
  /** The indexes of the first and last rows in view. */
  readonly first: number
  readonly last: number
  /** How far the end is below the view, in viewports. */
  readonly below: number
  /** An end of the list is so near that more is to be loaded there. */
  readonly nearStart: boolean
  readonly nearEnd: boolean
}

/** Before anything is shown. */
export const noView: View = { atEnd: false, first: 0, last: 0, below: 0, nearStart: false, nearEnd: false }
