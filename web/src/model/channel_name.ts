import type { ChannelType } from '@contract/types.gen'

/** Longest name of a channel, in code points. */
export const maxNameLength = 100
/** Longest topic of a channel, in code points. */
export const maxTopicLength = 1024

// What ends a name after # in a message: every sign of punctuation but the three that names may have.
const ends = /[\p{P}\p{Cc}`^+=<>|~$]/gu
const joins = new Set(['.', '_', '-'])

/**
 * The form in which a channel is named. A category is named freely. Any other channel is written so that #name finds it in a message:
 * lower case, hyphens for spaces and for punctuation but . and _; accents and emoji stay.
 */
export function channelName(type: ChannelType, typed: string): string {
  const plain = typed
    .normalize('NFC')
    .trim()
    .replace(/\s+/gu, type === 'category' ? ' ' : '-')
  if (type === 'category') return plain
  return plain
    .toLowerCase()
    .replace(ends, (sign) => (joins.has(sign) ? sign : '-'))
    .replace(/-{2,}/g, '-')
    .replace(/^-+|-+$/g, '')
}
