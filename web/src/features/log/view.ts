/** What a log shows. */
export interface View {
  /** The end is in view, and is followed. */
  readonly atEnd: boolean
  /** The indexes of the first and last rows in view. */
  readonly first: number
  readonly last: number
  /** How far the end is below the view, in viewports. */
  readonly below: number
}
