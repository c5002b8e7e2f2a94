import type { Attachment } from 'svelte/attachments'

/** How long a finger rests before it means a long press, and how far it may slip, in CSS pixels. */
const pressMs = 450
const slip = 10

/** Calls back when a finger rests on an element. The click that lifting it would make is swallowed. */
export function longPress(onpress: (point: { x: number; y: number }) => void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let from = { x: 0, y: 0 }
    let pressed = false
    const cancel = () => clearTimeout(timer)
    const down = (event: PointerEvent) => {
      pressed = false
      cancel()
      if (event.pointerType !== 'touch' || isTyping(event.target)) return
      from = { x: event.clientX, y: event.clientY }
      timer = setTimeout(() => {
        pressed = true
        onpress(from)
      }, pressMs)
    }
    const move = (event: PointerEvent) => {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > slip) cancel()
    }
    const swallow = (event: Event) => {
      if (!pressed) return
      event.preventDefault()
      event.stopPropagation()
      if (event.type === 'click') pressed = false
    }
    const stop = new AbortController()
    const { signal } = stop
    element.addEventListener('pointerdown', down, { signal })
    element.addEventListener('pointermove', move, { signal })
    for (const end of ['pointerup', 'pointercancel', 'pointerleave'] as const) element.addEventListener(end, cancel, { signal })
    element.addEventListener('contextmenu', swallow, { signal })
    element.addEventListener('click', swallow, { capture: true, signal })
    return () => {
      cancel()
      stop.abort()
    }
  }
}

const isTyping = (target: EventTarget | null) => target instanceof HTMLTextAreaElement
