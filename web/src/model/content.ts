import type { Message } from '@contract/types.gen'

/** Current names by id; undefined for what is not known. */
export interface NameOf {
  user(id: string): string | undefined
  channel(id: string): string | undefined
}

/** What may stand after @ or # and be read as that name again. */
const plainName = /^[\p{L}\p{N}\p{M}._-]+$/u

/**
 * readable writes a stored content as it is typed: <@id> and <#id> of those the message names become @username and #channel, which
 * the node resolves again. What it would not resolve stays as it is stored. Of a text that is no message all are written so.
 */
export function readable(message: Pick<Message, 'content'> & Partial<Message>, names: NameOf): string {
  return message.content.replace(/<([@#])(\d{1,19})>/g, (stored, sign: string, id: string) => {
    const known = sign === '@' ? message.mentions?.users : message.mentions?.channels
    const name = !message.mentions || known?.includes(id) ? (sign === '@' ? names.user(id) : names.channel(id)) : undefined
    return name !== undefined && plainName.test(name) ? sign + name : stored
  })
}
