/** A row as the arithmetic sees it. */
export interface Line {
  readonly key: string
  /** The height to reckon with until it was measured, in px. */
  readonly estimate: number
  /** It can hold the view in place; false for what is no place of the conversation, such as the edge that loads. */
  readonly anchor: boolean
}

/** What to put on the page: rows `from` to `to` (exclusive) between two spaces, scrolled to `top`; all in px but the indexes. */
export interface Frame {
  readonly from: number
  readonly to: number
  readonly before: number
  readonly after: number
  readonly top: number
  /** The rows in the viewport, without overscan. */
  readonly first: number
  readonly last: number
}

/** A row and how far its upper edge lies below that of the viewport. */
interface Anchor {
  readonly key: string
  readonly offset: number
}

/** How near to the end still counts as the end, in px: browsers round scroll positions. */
const endWithin = 2
/** Air between the viewport's edge and a row that is brought into view, in px. */
const air = 8
/** Measured heights of rows that are no longer in the list are kept up to this number. */
const heightsKept = 3000

/**
 * The arithmetic of a long list of which only the part near the viewport is on the page. Where one reads is kept as a row and its
 * distance from the viewport's top, or as "the end"; the scroll position follows from it. So nothing that happens above or below
 * moves what one reads: rows may come, go, grow, or turn out to be higher than they were thought to be.
 */
export class VirtualList {
  #lines: readonly Line[] = []
  /** Upper edges; one more than rows, the last one is the height of all. */
  #tops = new Float64Array(1)
  #index = new Map<string, number>()
  readonly #heights = new Map<string, number>()
  #place: 'end' | readonly Anchor[] = 'end'
  #reachesNow = false
  #height = 0
  #top = 0

  /** New rows stay in view as they come: one is at the end, and the list's end is the conversation's. */
  get following(): boolean {
    return this.#place === 'end'
  }

  get top(): number {
    return this.#top
  }

  /** How far the scroll position can go. */
  get furthest(): number {
    return Math.max(0, this.#total - this.#height)
  }

  get #total(): number {
    return this.#tops[this.#lines.length] ?? 0
  }

  /** The rows are these now. `reachesNow`: below the last one there is nothing more to load. */
  setLines(lines: readonly Line[], reachesNow: boolean): void {
    if (lines === this.#lines && reachesNow === this.#reachesNow) return
    if (this.following && !reachesNow) this.#place = this.#anchors()
    this.#lines = lines
    this.#reachesNow = reachesNow
    this.#index = new Map(lines.map((line, i) => [line.key, i]))
    this.#prune()
    this.#layOut()
    this.#settle()
  }

  setHeight(height: number): void {
    if (height === this.#height) return
    this.#height = height
    this.#settle()
  }

  /** Takes measured heights; tells whether anything changed. When nothing did, the list has come to rest. */
  measure(heights: Iterable<readonly [key: string, height: number]>): boolean {
    let changed = false
    for (const [key, height] of heights) {
      const known = this.#heights.get(key)
      if (known !== undefined && Math.abs(known - height) < 0.05) continue
      this.#heights.set(key, height)
      changed = true
    }
    if (changed) {
      this.#layOut()
      this.#settle()
    } else if (this.#reachesNow && this.#height > 0 && this.#top >= this.furthest - endWithin) {
      // Not before: with rows still to be measured the end may only seem to be near.
      this.#place = 'end'
    }
    return changed
  }

  /** The person scrolled; to the end, when `measure` finds the list at rest there. */
  scrolled(top: number): void {
    this.#top = Math.min(Math.max(0, top), this.furthest)
    this.#place = this.#anchors()
  }

  /** Brings a row into view: in the middle, below the upper edge by a quarter, or by the shortest way. False when it is not there. */
  show(key: string, at: 'middle' | 'upper' | 'nearest'): boolean {
    const i = this.#index.get(key)
    if (i === undefined) return false
    const top = this.#topOf(i)
    const height = this.#topOf(i + 1) - top
    let offset = top - this.#top
    if (at === 'middle') offset = Math.max(air, (this.#height - height) / 2)
    else if (at === 'upper') offset = this.#height / 4
    else if (offset < air || height > this.#height) offset = air
    else if (offset + height > this.#height - air) offset = this.#height - height - air
    else return true
    this.#place = [{ key, offset }]
    this.#settle()
    return true
  }

  toEnd(): void {
    this.#place = this.#reachesNow ? 'end' : []
    this.#top = this.furthest
    if (!this.following) this.#place = this.#anchors()
  }

  /** What to put on the page, with `overscan` px beyond the viewport on each side. */
  frame(overscan: number): Frame {
    const from = this.#at(this.#top - overscan)
    const to = Math.min(this.#at(this.#top + this.#height + overscan) + 1, this.#lines.length)
    return {
      from,
      to,
      before: this.#topOf(from),
      after: this.#total - this.#topOf(to),
      top: this.#top,
      first: this.#at(this.#top + 1),
      last: this.#at(this.#top + this.#height - 1),
    }
  }

  /** The row at a height of the list. */
  #at(y: number): number {
    let low = 0
    let high = this.#lines.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#topOf(middle + 1) > y) high = middle
      else low = middle + 1
    }
    return Math.max(0, low)
  }

  #topOf(i: number): number {
    return this.#tops[i] ?? 0
  }

  #layOut(): void {
    const tops = new Float64Array(this.#lines.length + 1)
    let top = 0
    this.#lines.forEach((line, i) => {
      tops[i] = top
      top += this.#heights.get(line.key) ?? line.estimate
    })
    tops[this.#lines.length] = top
    this.#tops = tops
  }

  #settle(): void {
    if (this.#place === 'end') {
      this.#top = this.furthest
      return
    }
    const held = this.#place.find(({ key }) => this.#index.has(key))
    const top = held ? this.#topNow(held.key) - held.offset : this.#top
    this.#top = Math.min(Math.max(0, top), this.furthest)
    if (!held) this.#place = this.#anchors()
    else if (this.#top === top) this.#place = this.#place.map(({ key, offset }) => this.#moved(key, offset))
  }

  /** An anchor where its row lies now; one that is gone stays as it was. */
  #moved(key: string, offset: number): Anchor {
    return { key, offset: this.#index.has(key) ? this.#topNow(key) - this.#top : offset }
  }

  #topNow(key: string): number {
    return this.#topOf(this.#index.get(key) ?? 0)
  }

  /** Rows that can hold the view, the best one first: those that begin in it, then the one that began above it. */
  #anchors(): Anchor[] {
    const found: Anchor[] = []
    let above: Anchor | undefined
    const end = this.#at(this.#top + this.#height)
    for (let i = this.#at(this.#top); i <= end && i < this.#lines.length; i++) {
      const line = this.#lines[i]
      if (!line?.anchor) continue
      const anchor = { key: line.key, offset: this.#topOf(i) - this.#top }
      if (anchor.offset < 0) above = anchor
      else found.push(anchor)
    }
    return above ? [...found, above] : found
  }

  #prune(): void {
    if (this.#heights.size <= heightsKept + this.#lines.length) return
    for (const key of this.#heights.keys()) if (!this.#index.has(key)) this.#heights.delete(key)
  }
}
