/** A short word about something that just happened. */
export interface Toast {
  text: string
  kind?: 'plain' | 'ok' | 'bad'
  action?: { label: string; run(): void }
}

/** A toast that is on the screen. */
export interface ShownToast extends Toast {
  readonly id: number
}

/** How long a toast stays, and how many there may be. */
export const toastMs = 5_000
export const mostToasts = 3

let shown = $state.raw<readonly ShownToast[]>([])
let last = 0
let held = false
const timers: Record<number, ReturnType<typeof setTimeout>> = {}

/** Shows a toast; the oldest gives way when there are too many. */
export function toast(next: Toast): void {
  const one = { ...next, id: ++last }
  const all = [...shown, one]
  for (const old of all.slice(0, -mostToasts)) stop(old.id)
  shown = all.slice(-mostToasts)
  if (!held) start(one.id)
}

/** The toasts on the screen. While they are held, none of them goes. */
export const toasts = {
  get shown(): readonly ShownToast[] {
    return shown
  },
  dismiss(id: number): void {
    stop(id)
    shown = shown.filter((one) => one.id !== id)
  },
  /** Someone reads or is about to press: time stands still. */
  hold(): void {
    held = true
    for (const { id } of shown) stop(id)
  },
  /** Time goes on, with a full turn for each. */
  release(): void {
    held = false
    for (const { id } of shown) start(id)
  },
}

function start(id: number): void {
  stop(id)
  timers[id] = setTimeout(() => toasts.dismiss(id), toastMs)
}

function stop(id: number): void {
  clearTimeout(timers[id])
  delete timers[id]
}
