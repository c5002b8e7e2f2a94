// @vitest-environment node
import type { BeepEvent } from '@contract/events.gen'
import type { ChannelID, Message, ServerID } from '@contract/types.gen'
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { apply } from './apply'
import { compareIds } from './ids'
import { openPage, pageOf } from './page'
import { snapshotOf, start, type Snapshot } from './state'
import type { State } from './types'

/** An opened page as the fixtures write it: newest first. */
interface LawPage {
  messages: Message[]
  complete: boolean
}

/** A state as the fixtures write it. */
interface LawState {
  snapshot: Snapshot
  pages: Record<ChannelID, LawPage>
  stale: ServerID[]
}

/** One fixture of testdata/law, which every client of Beep must satisfy. */
interface Law extends Omit<LawState, 'stale'> {
  name: string
  doc: string
  events: BeepEvent[]
  want: LawState
}

const folder = new URL('../../../testdata/law/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
const laws = files.map((file) => ({ file, law: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Law }))

function begin(law: Law): State {
  let state = start(law.snapshot)
  for (const [channel, page] of Object.entries(law.pages))
    state = openPage(state, channel, page.messages, { atStart: page.complete, atEnd: true })
  return state
}

function described(state: State, law: Law): LawState {
  const pages: Record<ChannelID, LawPage> = {}
  for (const channel of Object.keys(law.pages)) {
    const page = pageOf(state, channel)
    if (page) pages[channel] = { messages: page.messages.toReversed(), complete: page.atStart }
  }
  return { snapshot: snapshotOf(state), pages, stale: [...state.stale].sort(compareIds) }
}

/** A value that nothing can change any more, all the way down. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

test('the fixtures are there, and named as their files', () => {
  expect(laws.length).toBeGreaterThanOrEqual(50)
  for (const { file, law } of laws) expect(law.name).toBe(basename(file, '.json').replaceAll('_', ' '))
})

describe.each(laws)('$law.name', ({ law }) => {
  test.each([
    ['once', 1],
    ['every event twice', 2],
  ])('%s', (_, times) => {
    let state = frozen(begin(law))
    for (const event of law.events) {
      for (let i = 0; i < times; i++) {
        const next = frozen(apply(state, frozen(event)))
        if (i > 0) expect(next, 'the second time changes nothing').toBe(state)
        state = next
      }
    }
    expect(described(state, law), law.doc).toEqual(law.want)
  })
})
