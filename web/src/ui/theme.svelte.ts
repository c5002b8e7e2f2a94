import { forget, keep, kept } from '@/text/kept'

/** The looks one may choose; system follows the machine. */
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** Where the choice is kept on this device; public/theme.js reads it before the first paint. */
const key = 'beep.theme'

let current = $state<Theme>(initial())

function initial(): Theme {
  const chosen = kept(key)
  return themes.find((theme) => theme === chosen) ?? 'system'
}

/** The look of this browser. Reading it in a component follows changes. */
export const theme = {
  get current(): Theme {
    return current
  },
  set(next: Theme): void {
    current = next
    if (next === 'system') {
      forget(key)
      delete document.documentElement.dataset.theme
    } else {
      keep(key, next)
      document.documentElement.dataset.theme = next
    }
  },
}
