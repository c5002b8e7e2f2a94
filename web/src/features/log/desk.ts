import { getContext, setContext } from 'svelte'
import type { ServerState } from '@/model/types'
import type { Message, MessageID } from '@contract/types.gen'

/** What the rows of a log can ask it to do. What is readable is reactive. */
export interface Desk {
  readonly server: ServerState | undefined
  /** The text of a message as it is typed, with the names as they are now. */
  textOf(message: Message): string
  jump(message: MessageID): void
  reply(message: Message): void
  edit(message: Message | null): void
  openMenu(message: Message, at: HTMLElement | { x: number; y: number }): void
  copyLink(message: Message): void
  askDelete(message: Message): void
  /** True once after the editor was opened: it takes the focus then, and not when it only comes back into view. */
  takeEditFocus(): boolean
}

/** The draft of what was typed into the editor of a message and is not saved: it outlives the row and the log. */
export const editKey = (message: MessageID) => 'edit.' + message

const key = Symbol('log')

/** Gives the rows below this component their log. */
export const provideDesk = (desk: Desk) => setContext(key, desk)

/** The log of the row that calls it. */
export const useDesk = (): Desk => getContext(key)
