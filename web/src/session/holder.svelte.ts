import type { State } from '@/model/types'

/** The one place of the state: who changes it gives a function from what is to what will be. */
export class Holder {
  #state: State

  constructor(state: State) {
    this.#state = $state.raw(state)
  }

  /** What is known now; reactive. */
  get state(): State {
    return this.#state
  }

  change(how: (state: State) => State): void {
    const next = how(this.#state)
    if (next !== this.#state) this.#state = next
  }
}
