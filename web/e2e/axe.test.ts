import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { violations } from './kit/axe'
import { answered, phone, unreachable, type Device } from './kit/browser'
import { scenario, type World } from './kit/scenario'
import { screens, type Viewer } from './kit/screens'
import { setStage, type Stage } from './kit/stage'

const devices: [name: string, device: Device][] = [
  ['a desktop', {}],
  ['a phone', phone],
]

/** Opens every screen in turn, and gives what is found on it, by the screen's name. */
async function onEveryScreen(world: World, device: Device, look: (page: Page) => Promise<string[]>): Promise<string[]> {
  const stage = await setStage(world.beep)
  const pages = await viewers(world, stage, device)
  const narrow = (device.viewport?.width ?? 1440) < 840
  const found: string[] = []
  for (const screen of screens) {
    if (screen.narrow && !narrow) continue
    const page = await pages[screen.viewer].newPage()
    try {
      await screen.open(page, stage)
      found.push(...(await look(page)).map((line) => `${screen.name}: ${line}`))
    } catch (error) {
      found.push(`${screen.name} did not open: ${error instanceof Error ? error.message : error}`)
    }
    await page.close()
  }
  return found
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

for (const [name, device] of devices) {
  for (const colorScheme of ['light', 'dark'] as const) {
    scenario(`axe finds nothing on any screen: ${name}, ${colorScheme}`, async (world) => {
      expect(await onEveryScreen(world, { ...device, colorScheme }, violations)).toEqual([])
    })
  }
}
