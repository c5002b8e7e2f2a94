/** The fewest characters the node takes. */
export const shortestPassword = 10

/** 0 nothing typed, 1 weak, 2 fair, 3 strong, 4 very strong. */
export type Strength = 0 | 1 | 2 | 3 | 4

/** Least bits of each strength above weak, by the rough count below. */
const fairBits = 28
const strongBits = 50
const veryStrongBits = 70

const common = [
  'password',
  'motdepasse',
  'qwertyuiop',
  'qwerty',
  'azertyuiop',
  'azerty',
  'letmein',
  'welcome',
  'bonjour',
  'soleil',
  'admin',
  'beep',
]
const classes = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u]

/**
 * strengthOf guesses how hard a password is to guess: length times variety, where repeats, runs like abc or 321, well-known words
 * and what is known of the person count for next to nothing. A hint for people; the node decides.
 */
export function strengthOf(password: string, known: readonly string[] = []): Strength {
  const characters = Array.from(password)
  if (characters.length === 0) return 0
  if (characters.length < shortestPassword) return 1
  const rest = Array.from(withoutKnown(password, [...common, ...known.flatMap((name) => name.split(/[\s@]+/))]))
  const variety = new Set(rest.map((character) => character.toLowerCase())).size
  const kinds = classes.filter((kind) => kind.test(password)).length
  const bits = countedLength(rest) * (Math.log2(Math.max(1, variety)) + 0.35 * (kinds - 1))
  if (bits >= veryStrongBits) return 4
  if (bits >= strongBits) return 3
  return bits >= fairBits ? 2 : 1
}

/** Each known word becomes one character. Names of one or two letters are in too many words to count. */
function withoutKnown(password: string, words: string[]): string {
  let rest = password.toLowerCase()
  for (const word of words.filter((word) => word.length > 2)) rest = rest.replaceAll(word.toLowerCase(), '\u0000')
  return rest
}

function countedLength(characters: string[]): number {
  let length = 0
  characters.forEach((character, at) => {
    const step = at === 0 ? NaN : (character.codePointAt(0) ?? 0) - (characters[at - 1]?.codePointAt(0) ?? 0)
    length += Math.abs(step) <= 1 ? 0.2 : 1
  })
  return length
}
