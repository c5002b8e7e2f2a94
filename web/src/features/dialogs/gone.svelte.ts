/** How long the event of a deletion is waited for, in ms. */
const patienceMs = 2_000

/**
 * gone resolves when what the person took away has left the state, which the events do: sooner, the way back to the start would lead
 * to it again. With a broken line it resolves after a moment all the same.
 */
export function gone(there: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      stop()
      resolve()
    }
    const timer = setTimeout(done, patienceMs)
    const stop = $effect.root(() => {
      $effect(() => {
        if (!there()) done()
      })
    })
  })
}
