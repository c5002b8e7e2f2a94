import type { Attachment } from 'svelte/attachments'

/** How long a finger rests before it means a long press, and how far it may slip, in CSS pixels. */
const pressMs = 450
const slip = 10

/** Calls back when a finger rests on an element, but not on a field of it. */
export function longPress(onpress: (point: { x: number; y: number }) => void): Attachment<HTMLElement> {
  return (element) => {
    let press: AbortController | undefined
    const down = (event: PointerEvent) => {
      press?.abort()
      if (event.pointerType !== 'touch' || event.target instanceof HTMLTextAreaElement) return
      press = follow(element, { x: event.clientX, y: event.clientY }, onpress)
    }
    element.addEventListener('pointerdown', down)
    return () => {
      press?.abort()
      element.removeEventListener('pointerdown', down)
    }
  }
}

/** Follows one finger, from where it came down until it moves, lifts, or has rested long enough. */
function follow(element: HTMLElement, from: { x: number; y: number }, onpress: (point: { x: number; y: number }) => void) {
  const press = new AbortController()
  const { signal } = press
  const cancel = () => press.abort()
  const timer = setTimeout(() => {
    swallowLift()
    onpress(from)
  }, pressMs)
  signal.addEventListener('abort', () => clearTimeout(timer))
  const move = (event: PointerEvent) => {
    if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > slip) cancel()
  }
  element.addEventListener('pointermove', move, { signal })
  for (const end of ['pointerup', 'pointercancel', 'pointerleave'] as const) element.addEventListener(end, cancel, { signal })
  return press
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
