import { locale } from '@/text/locale.svelte'
import { beforeEach, expect, test, vi } from 'vitest'
import { rateOf, rateText } from './rate'

beforeEach(() => {
  vi.stubGlobal('localStorage', { setItem: () => undefined })
  vi.stubGlobal('document', { documentElement: {} })
  return () => {
    locale.set('en')
    vi.unstubAllGlobals()
  }
})

test.each([
  ['10/10s', { count: 10, seconds: 10 }],
  ['30/1m30s', { count: 30, seconds: 90 }],
  ['5/2h', { count: 5, seconds: 7200 }],
  ['0', null],
  ['10/500ms', null],
  ['soon', null],
])('%s', (text, want) => expect(rateOf(text)).toEqual(want))

test('in words', () => {
  locale.set('en')
  expect(rateText('10/10s')).toBe('Ten messages in ten seconds')
  expect(rateText('1/1m')).toBe('1 message in 1 minute')
  locale.set('fr')
  expect(rateText('20/1m30s')).toMatch(/^20 messages en 90\ssecondes$/)
})
