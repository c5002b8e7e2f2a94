import type { Edit } from '@/ui/writing/area'
import { inCode } from './code'

/** What is being named at the caret: everything of it lies before the caret, sign included. */
export interface Token {
  readonly kind: 'person' | 'channel'
  /** What was typed after the sign. */
  readonly query: string
  /** Where the sign is. */
  readonly from: number
  readonly to: number
}

/** No name is longer, so nothing longer is looked up. */
const longest = 100

// The characters of names are those the node reads after @ and # (core/messages/mention.go).
const name = '\\p{L}\\p{Nd}\\p{Mn}\\p{Mc}._\\-'
const sign = '[^\\p{ASCII}\\s\\p{P}]'
const person = new RegExp(`(?<![${name}@])@([${name}]*)$`, 'u')
const channel = new RegExp(`(?<![${name}#])#((?:[${name}]|${sign})*)$`, 'u')
const goesOn = new RegExp(`^[${name}]`, 'u')
const wholeChannelName = new RegExp(`^(?:[${name}]|${sign})+$`, 'u')

/** tokenAt gives the name that is being typed at the caret; null in code, in the middle of a word, and in ordinary text. */
export function tokenAt(text: string, caret: number): Token | null {
  if (goesOn.test(text.slice(caret))) return null
  // One more for the sign, and one for what stands before it.
  const near = text.slice(Math.max(0, caret - longest - 2), caret)
  const found = person.exec(near) ?? channel.exec(near)
  const query = found?.[1] ?? ''
  if (!found || query.length > longest || inCode(text.slice(0, caret))) return null
  return { kind: found[0].startsWith('@') ? 'person' : 'channel', query, from: caret - found[0].length, to: caret }
}

/** complete writes a choice in place of its token, with one blank after it and the caret behind that. */
export function complete(text: string, token: Token, mention: string): Edit {
  const to = text[token.to] === ' ' ? token.to + 1 : token.to
  const at = token.from + mention.length + 1
  return { from: token.from, to, insert: mention + ' ', start: at, end: at }
}

/** channelMention is how a channel is named in a text: by its name where the node finds it by that, otherwise in stored form. */
export function channelMention(channel: { id: string; name: string }, all: Iterable<{ id: string; name: string }>): string {
  const same = (other: string) => other.toLowerCase() === channel.name.toLowerCase()
  let alone = true
  for (const other of all) if (other.id !== channel.id && same(other.name)) alone = false
  return alone && wholeChannelName.test(channel.name) ? '#' + channel.name : `<#${channel.id}>`
}
