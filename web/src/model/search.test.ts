import { expect, test } from 'vitest'
import { match, rank } from './search'

/** The text with what was found in brackets. */
function marked(query: string, text: string): string | null {
  const found = match(query, text)
  if (!found) return null
  let out = ''
  let from = 0
  for (const [start, end] of found.ranges) {
    out += text.slice(from, start) + '[' + text.slice(start, end) + ']'
    from = end
  }
  return out + text.slice(from)
}

test.each([
  ['gen', 'general', '[gen]eral'],
  ['GEN', 'General', '[Gen]eral'],
  ['lov', 'ada lovelace', 'ada [lov]elace'],
  ['off', 'coffee-off-topic', 'coffee-[off]-topic'],
  ['era', 'general', 'gen[era]l'],
  ['gnl', 'general', '[g]e[n]era[l]'],
  ['eve', 'événements', '[évé]nements'],
  ['évé', 'evenements', '[eve]nements'],
  ['eve', 'e\u0301ve\u0301nements', '[e\u0301ve\u0301]nements'],
  ['coeur', 'cœur', '[cœur]'],
  ['ada l', 'Ada Lovelace', '[Ada L]ovelace'],
  ['adalo', 'Ada Lovelace', '[Ada] [Lo]velace'],
  ['  gen ', 'general', '[gen]eral'],
  ['b', 'a😀b', 'a😀[b]'],
  ['日', '今日は', '今[日]は'],
  ['', 'general', 'general'],
  ['xyz', 'general', null],
  ['lareneg', 'general', null],
  ['generals', 'general', null],
  ['a', '', null],
])('%j in %j', (query, text, want) => expect(marked(query, text)).toBe(want))

test('the better fit comes first', () => {
  const names = ['xgen', 'g e n', 'a gen b', 'general talk', 'my general', 'gen', 'general', 'xxgen', 'my gene']
  const scored = names.map((name) => ({ name, score: rank('gen', name) ?? -1 }))
  const sorted = scored.sort((a, b) => b.score - a.score).map(({ name }) => name)
  expect(sorted).toEqual(['gen', 'general', 'general talk', 'a gen b', 'my gene', 'my general', 'xgen', 'xxgen', 'g e n'])
})

test('no detail lifts a match into the next kind', () => {
  const far = 'x '.repeat(5000)
  expect(rank('gen', far + 'gen') ?? 0).toBeGreaterThan(rank('gen', 'xgen') ?? 0)
  expect(rank('gen', far + 'xgen') ?? 0).toBeGreaterThan(rank('gen', 'g-e-n') ?? 0)
  expect(rank('gen', 'g' + far + 'e' + far + 'n')).toBeGreaterThan(0)
  expect(rank('', 'anything')).toBe(0)
  expect(rank('q', 'anything')).toBeNull()
})
