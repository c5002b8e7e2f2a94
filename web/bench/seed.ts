import { readFile, writeFile } from 'node:fs/promises'
import { join as joinPath } from 'node:path'
import { createPlace, join, signIn, signUp, type Account } from '../e2e/kit/api'
import type { Beep } from '../e2e/kit/beep'

/** How much there is. */
export interface Size {
  members: number
  channels: number
  messages: number
}

/** What the measurements use. */
export interface Seeded {
  alice: Account
  bob: Account
  /** A channel of few messages. */
  short: string
  /** A channel of very many. */
  long: string
  /** The first message of the long channel, and one in its middle. */
  first: string
  middle: string
}

interface Kept {
  size: Size
  short: string
  long: string
  first: string
  middle: string
}

const words =
  'the boat is on the water again and we look for someone who can sew a sail before the wind turns west on Saturday'.split(' ')

/** A message as people write them: mostly a line, at times a paragraph, a list or code. */
export function line(i: number): string {
  const length = 3 + ((i * 7919) % 17)
  const text = Array.from({ length }, (_, k) => words[(i * 31 + k * 7) % words.length]).join(' ')
  if (i % 97 === 0) return `${text}\n\`\`\`js\nconst wind = ${i}\n\`\`\``
  if (i % 41 === 0) return `${text}:\n- ${text}\n- **${i}**`
  if (i % 23 === 0) return `${text}. `.repeat(4)
  return `${text} ${i}`
}

/** Fills a node, or finds what an earlier run has put into the same data folder. */
export async function seed(beep: Beep, size: Size, folder: string | undefined): Promise<Seeded> {
  const note = folder && joinPath(folder, 'bench.json')
  const kept = note ? ((await readFile(note, 'utf8').then(JSON.parse, () => undefined)) as Kept | undefined) : undefined
  if (kept && JSON.stringify(kept.size) === JSON.stringify(size)) {
    return { ...kept, alice: await signIn(beep.base, 'alice'), bob: await signIn(beep.base, 'bob') }
  }
  const [alice, bob] = [await signUp(beep.base, 'alice'), await signUp(beep.base, 'bob')]
  const names = Array.from({ length: size.channels - 1 }, (_, i) => (i === 0 ? 'long' : `channel-${i}`))
  const { server, channels } = await createPlace(alice, 'A large place', ['general', ...names])
  await join(bob, server.id)
  const began = Date.now()
  await inParallel(size.members - 2, 8, async (i) => join(await signUp(beep.base, `member${i}`, `Member ${i}`), server.id))
  const [short, long] = channels
  if (!short || !long) throw new Error('a server without channels')
  const ids: string[] = []
  const write = (channel: string, i: number) =>
    (i % 3 === 0 ? bob : alice).rest('sendMessage', { params: { channel_id: channel }, body: { content: line(i) } })
  for (let i = 0; i < 60; i++) await write(short.id, i)
  await inParallel(size.messages, 64, async (i) => ids.push((await write(long.id, i)).id))
  ids.sort((a, b) => Number(BigInt(a) - BigInt(b)))
  console.log(`bench: ${size.members} members and ${size.messages} messages made in ${Math.round((Date.now() - began) / 1000)} s`)
  const place = `/s/${server.id}`
  const result = {
    short: `${place}/${short.id}`,
    long: `${place}/${long.id}`,
    first: ids[0] ?? '',
    middle: ids[ids.length >> 1] ?? '',
  }
  if (note) await writeFile(note, JSON.stringify({ size, ...result }))
  return { ...result, alice, bob }
}

async function inParallel(count: number, at: number, run: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: at }, async () => {
      while (next < count) await run(next++)
    }),
  )
}
