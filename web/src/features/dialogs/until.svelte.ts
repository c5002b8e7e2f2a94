/** How long a change may take from the answer to the event that shows it. */
const patienceMs = 5_000
/** The same for something that was taken away, where all goes on without its event. */
const gonePatienceMs = 2_000

/** until waits for something reactive to hold; false when it does not within a few seconds. */
export function until(holds: () => boolean, withinMs = patienceMs): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = $effect.root(() => {
      $effect(() => {
        if (holds()) settle(true)
      })
    })
    const timer = setTimeout(() => settle(false), withinMs)
    function settle(held: boolean): void {
      clearTimeout(timer)
      resolve(held)
      queueMicrotask(stop)
    }
  })
}

/** gone waits until what the person took away has left the state: sooner, the way back to the start would lead to it again. */
export const gone = (there: () => boolean): Promise<boolean> => until(() => !there(), gonePatienceMs)
