/** clean makes text from elsewhere fit to write: line ends as \n, and no control characters but it and the tab. */
export function clean(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replace(/\p{Cs}/gu, '')
}

/** outgoing is what is sent of what was typed: clean, without blank lines before and blanks after. "" when nothing is left. */
export const outgoing = (text: string) =>
  clean(text)
    .replace(/^(?:\s*\n)+/, '')
    .trimEnd()
