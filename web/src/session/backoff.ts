const first = 500
const longest = 30_000
const longestAsked = 300_000

/**
 * How long to stay away after `breaks` failures in a row, in ms: what the node asked for and up to a quarter more, else anything
 * below a bound that doubles (full jitter), so that clients do not come back together.
 */
export function backoff(breaks: number, random: () => number, asked = 0): number {
  const bound = Math.min(longest, first * 2 ** Math.min(Math.max(breaks - 1, 0), 10))
  const own = Math.ceil(random() * bound)
  if (!(asked > 0)) return own
  const told = Math.min(asked, longestAsked)
  return Math.max(own, Math.ceil(told + (random() * told) / 4))
}
