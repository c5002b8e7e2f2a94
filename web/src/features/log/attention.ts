import { createSubscriber } from 'svelte/reactivity'

const follow = createSubscriber((update) => {
  document.addEventListener('visibilitychange', update)
  addEventListener('focus', update)
  addEventListener('blur', update)
  return () => {
    document.removeEventListener('visibilitychange', update)
    removeEventListener('focus', update)
    removeEventListener('blur', update)
  }
})

/** Whether the person looks at this page: it is visible, and the window has the focus. Reading it in a component follows it. */
export function attentive(): boolean {
  follow()
  return document.visibilityState === 'visible' && document.hasFocus()
}
