// Pictures of every screen at three widths in both themes: web/screens/WIDTH-THEME/NAME.png. SCREENS=channel,reply takes only
// these; WIDTHS=390 only that width.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Beep } from './kit/beep'
import { closeBrowser, Person, phone, type Device } from './kit/browser'
import { screens, type Screen } from './kit/screens'
import { setStage, type Stage } from './kit/stage'

const folder = fileURLToPath(new URL('../screens', import.meta.url))
const devices: Record<string, Device> = {
  390: phone,
  1440: { viewport: { width: 1440, height: 900 } },
  1920: { viewport: { width: 1920, height: 1080 } },
}
const listed = (name: string) => process.env[name]?.split(',').filter(Boolean)
const wanted = listed('SCREENS')
const widths = listed('WIDTHS') ?? Object.keys(devices)

const beep = await Beep.start()
let failed = 0
try {
  const stage = await setStage(beep)
  if (!wanted) await rm(folder, { recursive: true, force: true })
  for (const width of widths) {
    for (const colorScheme of ['light', 'dark'] as const) await shoot(stage, width, colorScheme)
  }
} finally {
  await closeBrowser()
  await beep.stop()
}
if (failed > 0) throw new Error(`${failed} screens did not open`)

async function shoot(stage: Stage, width: string, colorScheme: 'light' | 'dark'): Promise<void> {
  const into = join(folder, `${width}-${colorScheme}`)
  await mkdir(into, { recursive: true })
  for (const viewer of ['visitor', 'newcomer', 'guest', 'host'] as const) {
    const account = viewer === 'visitor' ? stage.newcomer : stage[viewer]
    const person = await Person.arrive(beep, account, { ...devices[width], colorScheme }, viewer !== 'visitor')
    for (const screen of screens) {
      if (screen.viewer !== viewer || (screen.narrow && width !== '390') || (wanted && !wanted.includes(screen.name))) continue
      await take(person, screen, stage, into)
    }
    await person.context.close()
  }
  console.log(`screens: ${into}`)
}

async function take(person: Person, screen: Screen, stage: Stage, into: string): Promise<void> {
  const page = await person.context.newPage()
  try {
    await screen.open(page, stage)
    await page.evaluate(() => document.fonts.ready)
  } catch (error) {
    failed++
    console.error(`screens: ${screen.name} did not open: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
  }
  await page.screenshot({ path: join(into, screen.name + '.png') })
  await page.close()
}
