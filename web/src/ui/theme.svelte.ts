/** The looks one may choose; system follows the machine. */
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** Where the choice is kept on this device; public/theme.js reads it before the first paint. */
const kept = 'beep.theme'

let current = $state<Theme>(initial())

function initial(): Theme {
  if (typeof localStorage === 'undefined') return 'system'
  const chosen = localStorage.getItem(kept)
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
      localStorage.removeItem(kept)
      delete document.documentElement.dataset.theme
    } else {
      localStorage.setItem(kept, next)
      document.documentElement.dataset.theme = next
    }
  },
}
