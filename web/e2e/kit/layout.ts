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
      // Code may scroll sideways inside of itself; nothing else does.
      if (scrolls && element.scrollWidth > element.clientWidth + 1 && !element.closest('pre, .codeblock'))
        found.push(
          `<${element.tagName.toLowerCase()} class="${element.className}"> scrolls sideways: ${element.scrollWidth} in ${element.clientWidth}`,
        )
    }
    return found
  })
}

/** Messages whose text reaches out of their column; one line each. */
export async function spilt(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[role=log] article')].flatMap((article) => {
      const edge = article.getBoundingClientRect().right
      const range = document.createRange()
      range.selectNodeContents(article)
      const right = Math.max(...[...range.getClientRects()].map((box) => box.right))
      return right > edge + 1 && !article.querySelector('pre')
        ? [`${article.textContent.slice(0, 40)} ends at ${right}, its row at ${edge}`]
        : []
    }),
  )
}
