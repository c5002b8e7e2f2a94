import type { Attachment } from 'svelte/attachments'

/** The elements of the rows that are on the page, and their heights in px. A row names itself by data-key. */
export class RowElements {
  readonly #elements = new Map<string, HTMLElement>()
  readonly #new = new Set<string>()
  readonly #sizes: ResizeObserver

  constructor(onresize: (heights: [key: string, height: number][]) => void) {
    this.#sizes = new ResizeObserver((entries) => {
      const heights: [string, number][] = []
      for (const { target, borderBoxSize } of entries) {
        const key = target instanceof HTMLElement ? target.dataset.key : undefined
        if (key !== undefined && this.#elements.get(key) === target) heights.push([key, borderBoxSize[0]?.blockSize ?? 0])
      }
      onresize(heights)
    })
  }

  get(key: string): HTMLElement | undefined {
    return this.#elements.get(key)
  }

  /** Takes note of a row while it is on the page. */
  readonly row: Attachment<HTMLElement> = (element) => {
    const key = element.dataset.key ?? ''
    this.#elements.set(key, element)
    this.#new.add(key)
    this.#sizes.observe(element)
    return () => {
      this.#sizes.unobserve(element)
      if (this.#elements.get(key) === element) this.#elements.delete(key)
    }
  }

  /** Measures the rows that came since the last time. */
  measureNew(): [key: string, height: number][] {
    const heights: [string, number][] = []
    for (const key of this.#new) {
      const element = this.#elements.get(key)
      if (element) heights.push([key, element.getBoundingClientRect().height])
    }
    this.#new.clear()
    return heights
  }
}
