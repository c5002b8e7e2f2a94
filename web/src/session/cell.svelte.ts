import { untrack } from 'svelte'

/** A value that components follow when they read it. */
export class Cell<T> {
  #value: T

  constructor(value: T) {
    this.#value = $state.raw(value)
  }

  get value(): T {
    return this.#value
  }

  set value(next: T) {
    this.#value = next
  }

  /** The value for those who act on it: an effect that gives a command is not to run again for what the command read. */
  peek(): T {
    return untrack(() => this.#value)
  }
}
