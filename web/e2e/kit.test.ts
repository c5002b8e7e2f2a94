import { afterAll, expect, test } from 'vitest'
import { violations } from './kit/axe'
import { Beep } from './kit/beep'
import { closeBrowser } from './kit/browser'
import { overflow } from './kit/layout'
import { World } from './kit/scenario'

afterAll(closeBrowser)

test('what the other tests look for is found when it is there', async () => {
  const world = new World([await Beep.start()])
  try {
    const alice = await world.person('alice')
    const page = await alice.open('/')
    await page.getByRole('main').waitFor()
    expect(alice.problems).toEqual([])
    expect(await overflow(page)).toEqual([])

    await page.evaluate(() => {
      console.error('an error in the console')
      setTimeout(() => {
        throw new Error('an error that nobody caught')
      })
      const foreign = document.createElement('img')
      foreign.alt = ''
      foreign.src = 'https://example.org/picture.png'
      const wide = document.createElement('button')
      wide.style.width = '5000px'
      document.querySelector('main')?.append(wide)
    })
    await expect.poll(() => alice.problems.length).toBeGreaterThanOrEqual(3)
    const told = alice.problems.join('\n')
    expect(told).toContain('an error in the console')
    expect(told).toContain('an error that nobody caught')
    expect(told).toContain("img-src 'self'")
    expect((await overflow(page)).join('\n')).toMatch(/ends at/)
    expect((await violations(page)).join('\n')).toContain('button-name')
    await page.evaluate(() => alert('a dialog'))
    expect(alice.problems.join('\n')).toContain('dialog: a dialog')
    await expect(page.evaluate(() => (document.body.innerHTML = '<b>markup</b>'))).rejects.toThrow('TrustedHTML') // eslint-disable-line no-restricted-properties
  } finally {
    for (const person of world.people) await person.context.close()
    await world.beep.stop()
  }
})
