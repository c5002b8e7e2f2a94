import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { violations } from './kit/axe'
import { answered, phone, unreachable, type Device } from './kit/browser'
import { artefacts, scenario, type World } from './kit/scenario'
import { screens, type Viewer } from './kit/screens'
import { setStage, type Stage } from './kit/stage'

const devices: Record<string, Device> = { desktop: {}, phone }

/**
 * Opens every screen in turn, keeps its picture in a folder of the artefacts, and gives what is found: each finding once, with the
 * screens it is on.
 */
async function onEveryScreen(
  world: World,
  device: Device,
  folder: string,
  look: (page: Page) => Promise<string[]>,
): Promise<string[]> {
  const stage = await setStage(world.beep)
  const contexts = await viewers(world, stage, device)
  const narrow = (device.viewport?.width ?? 1440) < 840
  const found = new Map<string, string[]>()
  const note = (line: string, screen: string) => found.set(line, [...(found.get(line) ?? []), screen])
  for (const screen of screens) {
    if (screen.narrow && !narrow) continue
    const page = await contexts[screen.viewer].newPage()
    try {
      await screen.open(page, stage)
      await page.screenshot({ path: join(artefacts, folder, screen.name + '.png') })
      for (const line of await look(page)) note(line.replace(/\d{10,}/g, 'ID'), screen.name)
    } catch (error) {
      note(`did not open: ${error instanceof Error ? error.message : error}`, screen.name)
    }
    await page.close()
  }
  return [...found].map(([line, names]) => `${line} [${names.join(', ')}]`)
}

async function viewers(world: World, stage: Stage, device: Device) {
  const visitor = await world.visit(stage.newcomer, device)
  const people = {
    visitor,
    newcomer: await world.arrive(stage.newcomer, device),
    guest: await world.arrive(stage.guest, device),
    host: await world.arrive(stage.host, device),
  }
  // Screens of refusals are among them.
  for (const person of Object.values(people)) person.expect(answered(401, 403, 404, 409, 410, 422, 503), unreachable)
  return Object.fromEntries(Object.entries(people).map(([name, person]) => [name, person.context])) as Record<
    Viewer,
    (typeof visitor)['context']
  >
}

for (const [name, device] of Object.entries(devices)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    scenario(`axe finds nothing on any screen: ${name}, ${colorScheme}`, async (world) => {
      expect(await onEveryScreen(world, { ...device, colorScheme }, `${name}-${colorScheme}`, violations)).toEqual([])
    })
  }
}
