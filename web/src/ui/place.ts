/** Sides of a box in the window, in CSS pixels. */
export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

interface Size {
  width: number
  height: number
}

/** How near to the window's edge a floating box may come, and how far it stays from what it belongs to. */
const edge = 8
const gap = 4

/** Where a floating box goes: below its anchor and flush with its left side, else above it or flush with its right side; never outside. */
export function place(anchor: Box, box: Size, view: Size): { left: number; top: number } {
  const above = anchor.top - gap - box.height
  const below = anchor.bottom + gap
  const top = below + box.height <= view.height - edge || above < edge ? below : above
  const left = anchor.left + box.width <= view.width - edge ? anchor.left : anchor.right - box.width
  return { left: within(left, view.width - edge - box.width), top: within(top, view.height - edge - box.height) }
}

const within = (value: number, most: number) => Math.max(edge, Math.min(value, most))
