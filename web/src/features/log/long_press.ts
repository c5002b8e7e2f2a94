import type { Attachment } from 'svelte/attachments'

/** How long a finger rests before it means a long press, and how far it may slip, in CSS pixels. */
const pressMs = 450
const slip = 10

/** Calls back when a finger rests on an element, but not on a field of it. */
export function longPress(onpress: (point: { x: number; y: number }) => void): Attachment<HTMLElement> {
  return (element) => {
    const stop = new AbortController()
    const { signal } = stop
    let timer: ReturnType<typeof setTimeout> | undefined
    let from = { x: 0, y: 0 }
    const cancel = () => clearTimeout(timer)
    const down = (event: PointerEvent) => {
      cancel()
      if (event.pointerType !== 'touch' || event.target instanceof HTMLTextAreaElement) return
      from = { x: event.clientX, y: event.clientY }
      timer = setTimeout(() => {
        swallowLift()
        onpress(from)
      }, pressMs)
    }
    const move = (event: PointerEvent) => {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > slip) cancel()
    }
    element.addEventListener('pointerdown', down, { signal })
    element.addEventListener('pointermove', move, { signal })
    for (const end of ['pointerup', 'pointercancel', 'pointerleave'] as const) element.addEventListener(end, cancel, { signal })
    return () => {
      cancel()
      stop.abort()
    }
  }
}

/** Some browsers make a click, or open a menu of their own, when the finger is lifted. Until it comes down again that means nothing. */
function swallowLift(): void {
  const over = new AbortController()
  const options = { capture: true, signal: over.signal }
  const swallow = (event: Event) => {
    event.preventDefault()
    event.stopPropagation()
  }
  addEventListener('click', swallow, options)
  addEventListener('contextmenu', swallow, options)
  addEventListener('pointerdown', () => over.abort(), options)
  addEventListener('keydown', () => over.abort(), options)
}
