/** The part of a long list that is drawn: rows first to last, without last. */
export interface Span {
  readonly first: number
  readonly last: number
}

/** Rows drawn beyond the edges, so that a short scroll or Tab finds them there. */
const beyond = 12

/** spanOf tells which rows of one height lie in the view; `above` is how far the list's top has been scrolled over, in pixels. */
export function spanOf(count: number, rowHeight: number, above: number, viewHeight: number): Span {
  if (rowHeight <= 0) return { first: 0, last: Math.min(count, 2 * beyond) }
  const first = Math.max(0, Math.min(count, Math.floor(above / rowHeight)) - beyond)
  const last = Math.min(count, Math.max(0, Math.ceil((above + viewHeight) / rowHeight)) + beyond)
  return { first: Math.min(first, last), last }
}
