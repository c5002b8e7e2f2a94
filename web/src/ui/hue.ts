const hues = ['brick', 'clay', 'olive', 'moss', 'jade', 'lagoon', 'slate', 'iris', 'mauve', 'rosewood'] as const

/** The class of the hue that stands for an id: always the same one for the same id. */
export function hueOf(id: string): string {
  // FNV-1a: ids that follow each other get different hues.
  let hash = 0x811c9dc5
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193) >>> 0
  return `hue-${hues[hash % hues.length]}`
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The first letters of a name's first and last words; an emoji at its head stands alone; "?" for a name without any. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s\p{Pd}_./]+/u).filter(Boolean)
  const first = initial(words[0] ?? '')
  if (first === '') return '?'
  if (words.length === 1 || /\p{Extended_Pictographic}/u.test(first)) return first
  return first + initial(words[words.length - 1] ?? '')
}

function initial(word: string): string {
  // Most words begin with a plain letter that no mark follows; segmenting costs a hundred times as much.
  if (/^[A-Za-z0-9](?:$|[^\u0300-\uffff])/.test(word)) return word.charAt(0).toUpperCase()
  const all = Array.from(graphemes.segment(word), (part) => part.segment)
  const letter = all.find((part) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(part)) ?? all[0] ?? ''
  const upper = letter.toUpperCase()
  return upper.length > letter.length ? letter : upper
}
