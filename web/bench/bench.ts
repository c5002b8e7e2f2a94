// Measures the client in Chromium against bin/beep on this machine. BENCH_DATA=FOLDER keeps what was made for the next run;
// BENCH_MEMBERS, BENCH_MESSAGES and BENCH_SCROLL_S make it smaller.
import { Beep } from '../e2e/kit/beep'
import { browser, closeBrowser, Person } from '../e2e/kit/browser'
import { Chat } from '../e2e/kit/chat'
import { drawnAt, install, scroll } from './probe'
import { quantile, Report } from './report'
import { seed, type Seeded } from './seed'

const number = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise)
const size = { members: number('BENCH_MEMBERS', 5_000), channels: 200, messages: number('BENCH_MESSAGES', 100_000) }
const samples = number('BENCH_SAMPLES', 30)
const scrollSeconds = number('BENCH_SCROLL_S', 240)
const folder = process.env.BENCH_DATA
const KB = 1024

const report = new Report()
const beep = await Beep.start(folder ? { BEEP_DATA_DIR: folder } : {})
try {
  const seeded = await seed(beep, size, folder)
  await measureOpening(seeded)
  await measureMessages(seeded)
  await measureScrolling(seeded)
  const file = await report.keep((await browser()).version())
  console.log(`\n${report.table()}\n\nbench: ${file}`)
} finally {
  await closeBrowser()
  await beep.stop()
}

/** The page of a new browser, nothing cached, and what it downloaded until it could be used. */
async function measureOpening({ alice, short }: Seeded): Promise<void> {
  const times: number[] = []
  for (let i = 0; i < 7; i++) {
    const person = await Person.arrive(beep, alice)
    await install(person.page)
    await person.open(short)
    const usable = await person.page.waitForFunction(() => Math.max(0, bench.usable), undefined, { polling: 20 })
    times.push(await usable.jsonValue())
    if (i === 0) {
      const bytes = await person.page.evaluate(() => {
        const of = (end: string) =>
          performance
            .getEntriesByType('resource')
            .filter(({ name }) => name.split('?')[0]?.endsWith(end))
            .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0)
        return { js: of('.js'), css: of('.css') }
      })
      report.add('first load, scripts', bytes.js / KB, 'KB', 180)
      report.add('first load, styles', bytes.css / KB, 'KB', 30)
    }
    await person.context.close()
  }
  report.add('cold open, median', quantile(times, 0.5), 'ms', 1000, `${size.channels} channels, ${size.members} members`)
  report.add('cold open, longest', Math.max(...times), 'ms', 1000, `${times.length} samples`)
}

/** From Enter to one's own message drawn, and from another's answered request to the message drawn here. */
async function measureMessages({ alice, bob, short }: Seeded): Promise<void> {
  const person = await Person.arrive(beep, alice)
  await install(person.page)
  const chat = new Chat(await person.open(short))
  await chat.ready()
  const own: number[] = []
  const others: number[] = []
  const channel = short.split('/').at(-1) ?? ''
  for (let i = 0; i < samples + 3; i++) {
    const mine = `probe own ${i} ${Date.now()}`
    await chat.field.fill(mine)
    await chat.field.press('Enter')
    const drawn = await drawnAt(chat.page, mine)
    own.push(drawn - (await chat.page.evaluate(() => bench.entered)))

    const theirs = `probe other ${i} ${Date.now()}`
    await bob.rest('sendMessage', { params: { channel_id: channel }, body: { content: theirs } })
    const answered = Date.now()
    others.push((await drawnAt(chat.page, theirs)) - answered)
  }
  // The first ones warm the page up.
  report.addTimes('own message after Enter', own.slice(3), 50)
  report.addTimes("another's message after its answer", others.slice(3), 100)
  await person.context.close()
}

/** Through the long channel: from its end to its first message, and from its middle downwards for a quarter of the time. */
async function measureScrolling({ alice, long, middle }: Seeded): Promise<void> {
  const person = await Person.arrive(beep, alice)
  const directions = [
    ['up from the end', long, -600, scrollSeconds],
    ['down from the middle', `${long}/${middle}`, 600, scrollSeconds / 4],
  ] as const
  for (const [name, path, step, seconds] of directions) {
    const chat = new Chat(await person.open(path))
    await chat.log.getByRole('article').nth(5).waitFor()
    await chat.page.waitForTimeout(500) // the page settles: what is measured is scrolling
    const { frames, longTasks, elements, pixels, arrived } = await scroll(chat.page, step, seconds, 'This is the start of')
    const note = `${Math.round(pixels / 1000)}k px in ${frames.length} frames${arrived ? ', to the start' : ''}`
    report.add(`scrolling ${name}: longest frame`, Math.max(...frames), 'ms', 50, note)
    report.add(`scrolling ${name}: frames over 50 ms`, frames.filter((ms) => ms > 50).length, 'frames', 0)
    report.add(`scrolling ${name}: frame, p99`, quantile(frames, 0.99), 'ms')
    report.add(`scrolling ${name}: longest task`, Math.max(0, ...longTasks), 'ms', 50)
    report.add(`scrolling ${name}: elements`, elements, 'nodes', 2000)
  }
  await person.context.close()
}
