import type { Page } from 'playwright-core'

/** What one page notes about itself; installed before its scripts run. */
interface Notes {
  /** When Enter was pressed last, by the wall clock. */
  entered: number
  /** When a text was first drawn, by the wall clock. */
  drawn: Map<string, number>
  /** When the page could be used, since its navigation. */
  usable: number
}

declare global {
  var bench: Notes
}

/** Lets a page note when messages that begin with "probe" are drawn, and when it can be used. */
export async function install(page: Page): Promise<void> {
  await page.addInitScript(() => {
    globalThis.bench = { entered: 0, drawn: new Map(), usable: 0 }
    // Drawn: the frame after the change has been given to the screen.
    const afterFrame = (then: () => void) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = then
        port2.postMessage(null)
      })
    addEventListener('keydown', (event) => event.key === 'Enter' && (bench.entered = Date.now()), true)
    new MutationObserver(() => {
      if (bench.usable === 0 && document.querySelector('.composer textarea') && document.querySelector('[role=log] article')) {
        bench.usable = -1
        afterFrame(() => (bench.usable = performance.now()))
      }
      for (const body of [...document.querySelectorAll('[role=log] article .body')].slice(-4)) {
        const text = body.querySelector('p')?.textContent?.trim() ?? ''
        if (!text.startsWith('probe') || bench.drawn.has(text)) continue
        bench.drawn.set(text, 0)
        afterFrame(() => bench.drawn.set(text, Date.now()))
      }
    }).observe(document, { childList: true, subtree: true, characterData: true })
  })
}

/** When a text was drawn, by the wall clock; waits for it. */
export async function drawnAt(page: Page, text: string): Promise<number> {
  const found = await page.waitForFunction((wanted) => bench.drawn.get(wanted) ?? 0, text, { polling: 5, timeout: 10_000 })
  return (await found.jsonValue()) as number
}

/** What scrolling cost: frames in milliseconds, work on the main thread longer than 50 ms, elements. */
export interface Scrolled {
  frames: number[]
  longTasks: number[]
  elements: number
  pixels: number
  arrived: boolean
}

/**
 * Scrolls the log by so many pixels each frame, for at most so long, or until the text of its end is there. Frames are counted
 * from the first movement.
 */
export async function scroll(page: Page, step: number, seconds: number, end: string): Promise<Scrolled> {
  return page.evaluate(
    async ([by, forMs, stop]) => {
      const log = document.querySelector<HTMLElement>('[role=log]')
      if (!log) throw new Error('no log')
      const longTasks: number[] = []
      const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((entry) => entry.duration)))
      observer.observe({ type: 'longtask' })
      const all = document.getElementsByTagName('*')
      const frames: number[] = []
      let elements = 0
      let pixels = 0
      let arrived = false
      const began = performance.now()
      let last = await new Promise<number>(requestAnimationFrame)
      while (last - began < forMs && !arrived) {
        const before = log.scrollTop
        log.scrollTop += by
        pixels += Math.abs(log.scrollTop - before)
        const now = await new Promise<number>(requestAnimationFrame)
        frames.push(now - last)
        elements = Math.max(elements, all.length)
        last = now
        arrived = log.scrollTop <= 1 && log.textContent.includes(stop)
      }
      await new Promise((resolve) => setTimeout(resolve, 100)) // the observer tells late
      observer.disconnect()
      return { frames, longTasks, elements, pixels, arrived }
    },
    [step, seconds * 1000, end] as const,
  )
}
