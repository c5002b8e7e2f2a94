/** The regions of the desk in reading order: where each is, and what in it takes the focus, the best first. */
const regions: readonly { region: string; stops: readonly string[] }[] = [
  { region: '.rail', stops: ['[aria-current]', 'a'] },
  { region: '.side', stops: ['[aria-current]', '.chan', 'button'] },
  { region: '.log', stops: ['article[tabindex="0"]', ':scope'] },
  { region: '.compose', stops: ['textarea', 'button'] },
  { region: '.people', stops: [':scope'] },
]

/** stepRegion moves the focus to the next or previous region that is in view, round and round. */
export function stepRegion(by: 1 | -1): void {
  const shown = regions.flatMap(({ region, stops }) => {
    const element = document.querySelector<HTMLElement>(region)
    return element?.checkVisibility({ visibilityProperty: true }) ? [{ element, stops }] : []
  })
  const here = shown.findIndex(({ element }) => element.contains(document.activeElement))
  // From outside of them all the first step is into the first one, or into the last.
  const from = here < 0 && by < 0 ? 0 : here
  for (let i = 1; i <= shown.length; i++) {
    const next = shown[(from + by * i + shown.length) % shown.length]
    if (next && takeFocus(next.element, next.stops)) return
  }
}

function takeFocus(region: HTMLElement, stops: readonly string[]): boolean {
  for (const stop of stops) {
    const to = stop === ':scope' ? region : region.querySelector<HTMLElement>(stop)
    to?.focus()
    if (to && document.activeElement === to) return true
  }
  return false
}
