import { Problem, type ProblemCode } from '@/api/problem'
import { errors, type ErrorCode } from '@contract/errors.gen'
import { locale, locales } from '@/text/locale.svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { codeOf, explain, waitText } from './problems'

beforeEach(() => {
  vi.stubGlobal('localStorage', { setItem: () => {} })
  vi.stubGlobal('document', { documentElement: {} })
})
afterEach(() => {
  locale.set('en')
  vi.unstubAllGlobals()
})

const catalogue = Object.keys(errors) as ErrorCode[]

test.each(catalogue)('%s is told in the words of the node', (code) => {
  expect(explain(new Problem(code, errors[code].status, { title: 'Title', detail: 'What happened and what to do.' }))).toBe(
    'What happened and what to do.',
  )
})

test.each(catalogue)('%s without words has a title in each language', (code) => {
  for (const language of locales) {
    locale.set(language)
    expect(explain(new Problem(code, errors[code].status))).toBe(errors[code][language])
  }
})

test('where no node answered, or nobody knows, there are own words in each language', () => {
  const own: ProblemCode[] = ['unreachable', 'timeout', 'unknown']
  const said = locales.flatMap((language) => {
    locale.set(language)
    return own.map((code) => explain(new Problem(code, 0)))
  })
  expect(new Set(said).size).toBe(own.length * locales.length)
  for (const text of said) expect(text).toMatch(/ .+\.$/)
})

test('what is no problem of ours stays inside', () => {
  for (const thrown of [new TypeError('x is undefined'), 'text', null, undefined, { code: 'internal' }])
    expect(explain(thrown)).toBe(explain(new Problem('unknown', 0)))
  expect(explain(Object.assign(new Error('<b>'), { code: 'toString' }))).toBe(explain(new Problem('unknown', 0)))
  expect(codeOf(new Problem('busy', 503))).toBe('busy')
  expect(codeOf(new Error('busy'))).toBe('')
})

test('waiting is told rounded up', () => {
  expect(waitText(0)).toBe('1 second')
  expect(waitText(3_200)).toBe('4 seconds')
  expect(waitText(90_000)).toBe('2 minutes')
  expect(waitText(5_400_000)).toBe('2 hours')
  locale.set('fr')
  expect(waitText(3_200)).toMatch(/^4\ssecondes$/)
})
