import { describe, expect, test } from 'vitest'
import { VirtualList, type Line } from './virtual'

const overscan = 300

/** A page that holds what the list asks for: rows have true heights that the list only learns once they are on the page. */
class Page {
  readonly list = new VirtualList()
  readonly heights = new Map<string, number>()
  rows: string[] = []
  reachesNow = true
  #made = 0

  constructor(
    readonly random: () => number,
    readonly height = 600,
  ) {
    this.list.setHeight(height)
  }

  /** Names of new rows with heights of their own. */
  make(count: number): string[] {
    return Array.from({ length: count }, () => {
      const key = `m${this.#made++}`
      this.heights.set(key, 20 + Math.floor(this.random() * 180) + 0.25)
      return key
    })
  }

  set(rows: string[], reachesNow = this.reachesNow): void {
    this.rows = rows
    this.reachesNow = reachesNow
    const lines: Line[] = [
      { key: 'edge', estimate: 200, anchor: false },
      ...rows.map((key) => ({ key, estimate: 44, anchor: true })),
    ]
    this.list.setLines(lines, reachesNow)
    this.settle()
  }

  heightOf = (key: string) => (key === 'edge' ? 200 : (this.heights.get(key) ?? 0))

  /** Renders, measures what is new, and again, as the browser does before it paints. */
  settle(): void {
    for (let turn = 0; turn < 50; turn++) {
      const { from, to } = this.list.frame(overscan)
      const keys = ['edge', ...this.rows].slice(from, to)
      if (!this.list.measure(keys.map((key) => [key, this.heightOf(key)]))) return
    }
    throw new Error('the page does not come to rest')
  }

  /** Where rows lie on the screen, by their true heights. */
  screen(): Map<string, number> {
    const { from, to, before, top } = this.list.frame(overscan)
    const places = new Map<string, number>()
    let y = before - top
    for (const key of ['edge', ...this.rows].slice(from, to)) {
      places.set(key, y)
      y += this.heightOf(key)
    }
    return places
  }

  scroll(by: number): void {
    this.list.scrolled(this.list.top + by)
    this.settle()
  }
}

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const below = (random: () => number, n: number) => Math.floor(random() * n)

/** One thing that happens to the list; none of it is the person's own scrolling. */
function happen(page: Page): void {
  const { random, rows } = page
  switch (below(random, 6)) {
    case 0:
      return page.set([...page.make(50), ...rows])
    case 1:
      return page.set([...rows, ...page.make(1 + below(random, 50))])
    case 2: {
      const at = below(random, rows.length)
      return page.set([...rows.slice(0, at), ...page.make(3), ...rows.slice(at)])
    }
    case 3: {
      const gone = new Set(Array.from({ length: 5 }, () => rows[below(random, rows.length)]))
      return page.set(rows.filter((key) => !gone.has(key)))
    }
    case 4: {
      for (let i = 0; i < 10; i++) page.heights.set(rows[below(random, rows.length)] ?? '', 20 + below(random, 300))
      return page.settle()
    }
    default: {
      const { from, to } = page.list.frame(0)
      const side = random() < 0.5
      return page.set(side ? rows.slice(Math.max(0, from - 60)) : rows.slice(0, to + 60), side && page.reachesNow)
    }
  }
}

test.each(Array.from({ length: 200 }, (_, seed) => seed + 1))('what one reads does not move, seed %i', (seed) => {
  const page = new Page(randomOf(seed))
  page.set(page.make(200), seed % 2 === 0)
  for (let step = 0; step < 40; step++) {
    page.scroll((page.random() - 0.6) * 1500)
    const before = page.screen()
    const wasFollowing = page.list.following
    const inView = page.rows.filter((key) => {
      const y = before.get(key)
      return y !== undefined && y >= 0 && y < page.height
    })
    happen(page)
    if (wasFollowing) {
      if (page.reachesNow) expect(page.list.top, 'at the end').toBeCloseTo(page.list.furthest, 3)
      continue
    }
    const held = inView.find((key) => page.rows.includes(key))
    if (!held || page.list.top <= 0 || page.list.top >= page.list.furthest - 2) continue
    const after = page.screen().get(held)
    expect(after, `${held} is on the page`).toBeDefined()
    expect(Math.abs((after ?? NaN) - (before.get(held) ?? NaN)), `${held} moved at step ${step}`).toBeLessThanOrEqual(1)
  }
})

describe('the end', () => {
  test('is where a list begins, and it follows what comes', () => {
    const page = new Page(randomOf(1))
    page.set(page.make(100))
    expect(page.list.following).toBe(true)
    page.set([...page.rows, ...page.make(5)])
    const last = page.rows.at(-1) ?? ''
    expect((page.screen().get(last) ?? 0) + page.heightOf(last)).toBeCloseTo(page.height, 3)
  })

  test('is left by scrolling up and found again by scrolling down', () => {
    const page = new Page(randomOf(2))
    page.set(page.make(100))
    page.scroll(-200)
    expect(page.list.following).toBe(false)
    page.scroll(1000)
    expect(page.list.following).toBe(true)
  })

  test('of a page that does not reach now is not followed', () => {
    const page = new Page(randomOf(3))
    page.set(page.make(100), false)
    page.list.toEnd()
    page.settle()
    page.scroll(5000)
    expect(page.list.following).toBe(false)
    const before = page.screen()
    const held = page.rows.find((key) => (before.get(key) ?? -1) >= 0) ?? ''
    page.set([...page.rows, ...page.make(50)], false)
    expect(page.screen().get(held)).toBeCloseTo(before.get(held) ?? NaN, 0)
  })

  test('is no longer followed once the page does not reach now', () => {
    const page = new Page(randomOf(10))
    page.set(page.make(100))
    const last = page.rows.at(-1) ?? ''
    const before = page.screen().get(last)
    page.set([...page.rows, ...page.make(50)], false)
    expect(page.list.following).toBe(false)
    expect(page.screen().get(last)).toBeCloseTo(before ?? NaN, 0)
  })

  test('stays in view when the viewport shrinks; elsewhere nothing moves', () => {
    const page = new Page(randomOf(4))
    page.set(page.make(100))
    page.list.setHeight(300)
    page.settle()
    expect(page.list.top).toBe(page.list.furthest)
    page.scroll(-900)
    const top = page.list.top
    page.list.setHeight(250)
    page.settle()
    expect(page.list.top).toBe(top)
  })

  test('of a list shorter than the viewport', () => {
    const page = new Page(randomOf(5))
    page.set(page.make(1))
    expect(page.list.top).toBe(0)
    expect(page.list.frame(overscan)).toMatchObject({ from: 0, to: 2, before: 0, after: 0 })
  })

  test('of an empty list', () => {
    const list = new VirtualList()
    list.setHeight(500)
    expect(list.frame(overscan)).toMatchObject({ from: 0, to: 0, before: 0, after: 0, top: 0 })
  })
})

test('the loading edge holds nothing: what comes in below it does not push the rest down', () => {
  const page = new Page(randomOf(11))
  page.set(page.make(50))
  page.list.scrolled(0)
  page.settle()
  const first = page.rows[0] ?? ''
  const before = page.screen().get(first)
  expect(before).toBeGreaterThan(100)
  page.set([...page.make(50), ...page.rows])
  expect(page.screen().get(first)).toBeCloseTo(before ?? NaN, 0)
})

describe('show', () => {
  test('puts a far row where it was asked to, whatever its neighbours measure', () => {
    const page = new Page(randomOf(6))
    page.set(page.make(400))
    const key = page.rows[150] ?? ''
    page.list.show(key, 'upper')
    page.settle()
    expect(page.screen().get(key)).toBeCloseTo(page.height / 4, 0)
  })

  test('moves no more than it must', () => {
    const page = new Page(randomOf(7))
    page.set(page.make(100))
    page.scroll(-1000)
    const before = page.list.top
    const seen = page.rows[page.list.frame(0).first] ?? ''
    page.list.show(seen, 'nearest')
    expect(page.list.top).toBe(before)
  })

  test('a row near the end ends up at the end, which is then followed', () => {
    const page = new Page(randomOf(8))
    page.set(page.make(100))
    page.scroll(-3000)
    page.list.show(page.rows.at(-1) ?? '', 'upper')
    page.settle()
    expect(page.list.following).toBe(true)
  })

  test('knows what is not there', () => expect(new VirtualList().show('x', 'middle')).toBe(false))
})

test('few rows are on the page, however many there are', () => {
  const page = new Page(randomOf(9))
  page.set(page.make(600))
  for (let i = 0; i < 50; i++) {
    page.scroll(-700)
    const { from, to } = page.list.frame(overscan)
    expect(to - from).toBeLessThan(40)
  }
})
