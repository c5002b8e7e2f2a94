/** What the line under the composer says of those who are typing. */
export type Typing =
  | { readonly key: 'typingOne'; readonly who: string }
  | { readonly key: 'typingTwo'; readonly who: string; readonly other: string }
  | { readonly key: 'typingSome' | 'typingMany' }

/** typingOf picks the sentence; a name is undefined while it is not known yet. Null when nobody types. */
export function typingOf(names: readonly (string | undefined)[]): Typing | null {
  const [who, other] = names
  if (names.length === 0) return null
  if (names.length === 1) return who === undefined ? { key: 'typingSome' } : { key: 'typingOne', who }
  if (names.length === 2 && who !== undefined && other !== undefined) return { key: 'typingTwo', who, other }
  return { key: 'typingMany' }
}
