import type { Page } from 'playwright-core'

/** What makes a page scroll sideways, or reaches out of the window where nothing clips it; one line each. */
export async function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement
    const found: string[] = []
    if (root.scrollWidth > root.clientWidth)
      found.push(`the page is ${root.scrollWidth} px wide in a window of ${root.clientWidth}`)
    for (const element of document.querySelectorAll<HTMLElement>(
      'main, main *, nav, nav *, aside, aside *, dialog[open], dialog[open] *',
    )) {
      const style = getComputedStyle(element)
      const scrolls = ['auto', 'scroll'].includes(style.overflowX)
      // Code and the strip of settings pages may scroll sideways inside of themselves; nothing else does.
      if (scrolls && element.scrollWidth > element.clientWidth + 1 && !element.closest('pre, .codeblock, .set-nav'))
        found.push(
          `<${element.tagName.toLowerCase()} class="${element.className}"> scrolls sideways: ${element.scrollWidth} in ${element.clientWidth}`,
        )
    }
    // What one can press must be in view, unless it lies in something that scrolls.
    const frames = document.querySelectorAll<HTMLElement>('main, dialog[open]')
    for (const frame of frames) {
      const { width, right } = frame.getBoundingClientRect()
      const edge = width > 0 ? Math.min(right, innerWidth) : innerWidth // without a box of its own: display: contents
      for (const control of frame.querySelectorAll<HTMLElement>('button, a[href], input, textarea, select')) {
        const box = control.getBoundingClientRect()
        if (control.checkVisibility() && box.width > 0 && box.right > edge + 1)
          found.push(`"${control.ariaLabel ?? control.textContent.trim()}" ends at ${box.right}, what holds it at ${edge}`)
      }
    }
    return found
  })
}

/** Messages whose text reaches out of their row; one line each. Code scrolls inside of its block. */
export async function spilt(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[role=log] article .body')].flatMap((body) => {
      const edge = body.closest('article')?.getBoundingClientRect().right ?? 0
      const range = document.createRange()
      range.selectNodeContents(body)
      const right = Math.max(0, ...[...range.getClientRects()].map((box) => box.right))
      return right > edge + 1 && !body.querySelector('pre')
        ? [`${body.textContent.slice(0, 40)} ends at ${right}, its row at ${edge}`]
        : []
    }),
  )
}
