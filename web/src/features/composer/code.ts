const fence = /^(?:\s{0,3}>\s?)*\s{0,3}(`{3,}|~{3,})/
const ticks = /`+/g

/**
 * inCode tells whether what is typed at the end of `before` is code: in a fenced block that is open there, or after an opening
 * backtick that has no match yet. The node looks at the whole text when it is sent; this is what can be known while typing.
 */
export function inCode(before: string): boolean {
  let open = ''
  let paragraph = ''
  for (const line of before.split('\n')) {
    const mark = fence.exec(line)?.[1] ?? ''
    if (open) {
      if (mark.startsWith(open) && line.trim().replace(/^[>\s]+/, '') === mark) open = ''
    } else if (mark && !line.slice(line.indexOf(mark) + mark.length).includes('`')) {
      open = mark
      paragraph = ''
    } else {
      paragraph = line.trim() === '' ? '' : paragraph + line + '\n'
    }
  }
  return open !== '' || inSpan(paragraph)
}

function inSpan(paragraph: string): boolean {
  const runs = [...paragraph.matchAll(ticks)].filter((run) => !escaped(paragraph, run.index)).map(([run]) => run.length)
  for (let i = 0; i < runs.length; i++) {
    const close = runs.indexOf(runs[i] as number, i + 1)
    if (close < 0) return true
    i = close
  }
  return false
}

function escaped(text: string, at: number): boolean {
  let n = 0
  while (text[at - n - 1] === '\\') n++
  return n % 2 === 1
}
