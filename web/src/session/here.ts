import type { UserID } from '@contract/types.gen'
import { browser, type Broadcast, type Environment } from './environment'

/** Said by a session that starts. One cookie serves all tabs of a browser, whoever they show: who came last is who is here. */
interface Word {
  user: UserID
  page: string
}

const channelName = 'beep'

const isWord = (data: unknown): data is Word => typeof data === 'object' && data !== null && 'user' in data && 'page' in data

/** Tells every tab of this browser who is signed in here, and hears when it is someone else. */
export class Here {
  readonly #environment: Environment
  readonly #user: UserID
  readonly #other: () => void
  #channel: Broadcast | null = null

  constructor(environment: Environment, user: UserID, other: () => void) {
    this.#environment = environment
    this.#user = user
    this.#other = other
  }

  /** From now on the sign-in of another is heard; may be called again. */
  listen(): void {
    this.#channel ??= this.#environment.channel(channelName)
    if (this.#channel) this.#channel.onmessage = ({ data }) => isWord(data) && data.user !== this.#user && this.#other()
  }

  /** Call when the node said that this person is here. */
  tell(): void {
    const word: Word = { user: this.#user, page: this.#environment.page }
    this.#channel?.postMessage(word)
  }

  close(): void {
    this.#channel?.close()
    this.#channel = null
  }
}

/** Calls back whenever someone has signed in, or is there again, in another tab of this browser, until the function it gives is called. */
export function onSomeoneHere(callback: () => void, environment = browser()): () => void {
  const channel = environment.channel(channelName)
  if (channel) channel.onmessage = ({ data }) => isWord(data) && data.page !== environment.page && callback()
  return () => channel?.close()
}
