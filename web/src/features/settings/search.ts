import type { Member } from '@contract/types.gen'

/** What is compared: without case and accents. */
const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** matching gives the members whose name or username has every word that was typed. */
export function matching(members: readonly Member[], typed: string): readonly Member[] {
  const words = plain(typed).split(/\s+/).filter(Boolean)
  if (words.length === 0) return members
  return members.filter(({ user }) => {
    const names = plain(`${user.display_name} ${user.username}`)
    return words.every((word) => names.includes(word.replace(/^@/, '')))
  })
}
