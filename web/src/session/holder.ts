import type { State } from '@/model/types'
import { Cell } from './cell.svelte'

/** The one place of the state: who changes it gives a function from what is to what will be. */
export class Holder {
  readonly #state: Cell<State>

  constructor(state: State) {
    this.#state = new Cell(state)
  }

  /** What is known now; reactive. */
  get state(): State {
    return this.#state.value
  }

  /** What is known now, for commands; see Cell. */
  peek(): State {
    return this.#state.peek()
  }

  change(how: (state: State) => State): void {
    this.#state.value = how(this.#state.peek())
  }
}
