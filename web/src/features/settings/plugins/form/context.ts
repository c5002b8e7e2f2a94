import { getContext, setContext } from 'svelte'
import type { Channel } from '@contract/types.gen'

/** What the fields of a form ask of the whole. Places are paths as in Issue. */
export interface FormContext {
  /** What is wrong at a place, once it is time to say so; reactive. */
  problem(path: string): string | undefined
  /** Whether something is said to be wrong at a place or in it; reactive. */
  wrongIn(path: string): boolean
  /** The person went on from a place. */
  leave(path: string): void
  /** Tells a screen reader what just happened. */
  announce(text: string): void
  /** The channels one may choose from, in the order of the server; reactive. */
  readonly channels: readonly Channel[]
}

const key = Symbol('schema form')

/** Makes the fields below this component fields of a form. */
export const provideForm = (form: FormContext) => setContext(key, form)

/** The form that the calling component is a field of. */
export const useForm = (): FormContext => getContext(key)
