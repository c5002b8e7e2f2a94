import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { createPlace, join as joinServer, signUp, type Account, type Place } from './api'
import { Beep, type Settings } from './beep'
import { closeBrowser, Person, type Device } from './browser'
import { Cluster } from './cluster'

/** What is kept of a run: pictures. */
export const artefacts = fileURLToPath(new URL('../artefacts', import.meta.url))

/** What a test has: a node of its own, or a cluster of two, and the people it asks for. In a cluster each comes to the next node. */
export class World {
  readonly people: Person[] = []

  constructor(
    readonly nodes: readonly Beep[],
    private readonly cluster?: Cluster,
  ) {}

  /** The node, or the first one. */
  get beep(): Beep {
    const [first] = this.nodes
    if (!first) throw new Error('a world without a node')
    return first
  }

  /** The Redis of the cluster. */
  get redis(): Cluster['redis'] {
    if (!this.cluster) throw new Error('a lone node has no Redis')
    return this.cluster.redis
  }

  async stop(): Promise<void> {
    await (this.cluster ?? this.beep).stop()
  }

  /** Makes an account; no browser. */
  account(username: string, firstName?: string): Promise<Account> {
    return signUp(this.beep.base, username, firstName)
  }

  /** A browser for an account, signed in. */
  async arrive(account: Account, device?: Device): Promise<Person> {
    return this.keep(await Person.arrive(this.next(), account, device))
  }

  /** A browser for an account, at the door. */
  async visit(account: Account, device?: Device): Promise<Person> {
    const person = await Person.arrive(this.next(), account, device, false)
    person.expect(/the server responded with a status of 401/) // a page cannot know its cookie without asking
    return this.keep(person)
  }

  /** An account and its browser. */
  async person(username: string, device?: Device): Promise<Person> {
    return this.arrive(await this.account(username), device)
  }

  /** A server of the first person that the others have joined. */
  async place(name: string, channels: readonly string[], owner: Account, ...members: Account[]): Promise<Place> {
    const place = await createPlace(owner, name, channels)
    for (const member of members) await joinServer(member, place.server.id)
    return place
  }

  private next(): Beep {
    return this.nodes[this.people.length % this.nodes.length] ?? this.beep
  }

  private keep(person: Person): Person {
    this.people.push(person)
    return person
  }
}

/**
 * A test with a node and browsers of its own. Besides what it expects, it fails when a page wrote an error to its console, threw,
 * or was held back by the content policy. What the pages showed at a failure is kept in e2e/artefacts.
 */
export function scenario(name: string, run: (world: World) => Promise<void>, settings?: Settings): void {
  test(name, async ({ task }) => {
    const world = await start(settings)
    try {
      await run(world)
      expect(world.people.flatMap((person) => person.problems)).toEqual([])
    } catch (error) {
      await picture(world, `${task.file.name}-${name}`)
      const problems = world.people.flatMap((person) => person.problems)
      throw problems.length > 0 ? new Error(`the pages complained: ${problems.join('\n')}`, { cause: error }) : error
    } finally {
      for (const person of world.people) await person.context.close()
      await world.stop()
    }
  })
}

/** BEEP_E2E_CLUSTER runs the same scenarios on two nodes. */
async function start(settings?: Settings): Promise<World> {
  if (!process.env.BEEP_E2E_CLUSTER) return new World([await Beep.start(settings)])
  const cluster = await Cluster.start(settings)
  return new World(cluster.nodes, cluster)
}

afterAll(closeBrowser)

async function picture(world: World, name: string): Promise<void> {
  await mkdir(artefacts, { recursive: true })
  for (const person of world.people) {
    for (const [i, page] of person.context.pages().entries()) {
      const path = join(artefacts, `${name}-${person.account.user.username}-${i + 1}.png`.replace(/[^\w.-]+/g, '-'))
      await page.screenshot({ path }).catch(() => rm(path, { force: true }))
    }
  }
}
