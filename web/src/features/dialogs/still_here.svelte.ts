import { overlay } from '@/nav/overlay.svelte'

/**
 * stillHere is called while a component is made, and gives whether it is still what the person looks at: it has not gone, and no other
 * dialog came. An answer that comes later than that moves nobody and closes nothing.
 */
export function stillHere(): () => boolean {
  const mine = overlay.current
  let gone = false
  $effect(() => () => {
    gone = true
  })
  return () => !gone && overlay.current === mine
}
