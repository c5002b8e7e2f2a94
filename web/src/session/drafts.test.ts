import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Drafts, editLifeMs, keptEdits, restMs } from './drafts'
import { Store } from './store'
import { FakeBrowser, settle, type FakeTab } from './testing'

let browser: FakeBrowser

beforeEach(() => {
  vi.useFakeTimers()
  browser = new FakeBrowser()
})

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const draftsOf = (tab: FakeTab, user = '1') => new Drafts(tab, new Store(tab, user, () => {}))
const kept = 'beep.draft.1.20'

test('written down when typing rests, and there again for the next one', () => {
  const drafts = draftsOf(browser.tab())
  drafts.set('20', 'a')
  vi.advanceTimersByTime(restMs - 1)
  drafts.set('20', 'ab')
  vi.advanceTimersByTime(restMs - 1)
  expect(browser.kept.has(kept)).toBe(false)
  vi.advanceTimersByTime(1)
  expect(browser.kept.get(kept)).toBe('ab')
  expect(draftsOf(browser.tab()).get('20')).toBe('ab')
  expect(draftsOf(browser.tab(), '2').has('20')).toBe(false)
})

test('an empty one is none', () => {
  const drafts = draftsOf(browser.tab())
  drafts.set('20', 'a')
  expect(drafts.has('20')).toBe(true)
  vi.advanceTimersByTime(restMs)
  drafts.set('20', '')
  expect(drafts.has('20')).toBe(false)
  vi.advanceTimersByTime(restMs)
  expect(browser.kept.size).toBe(0)
})

test('a page that goes, or a session that ends, loses nothing', () => {
  const tab = browser.tab()
  const drafts = draftsOf(tab)
  drafts.set('20', 'a')
  tab.emit('pagehide', {})
  expect(browser.kept.get(kept)).toBe('a')
  drafts.set('20', 'b')
  drafts.close(true)
  expect(browser.kept.get(kept)).toBe('b')
})

test('of who signed out nothing is written any more', () => {
  const drafts = draftsOf(browser.tab())
  drafts.set('20', 'a')
  drafts.close(false)
  vi.advanceTimersByTime(restMs)
  expect(browser.kept.size).toBe(0)
})

test('other tabs follow, except where one is typing', async () => {
  const a = draftsOf(browser.tab())
  const b = draftsOf(browser.tab())
  a.set('20', 'a')
  b.set('21', 'b')
  a.flush()
  await settle()
  expect(b.get('20')).toBe('a')
  a.set('21', 'from a')
  a.flush()
  await settle()
  expect(b.get('21')).toBe('b')
  b.flush()
  await settle()
  expect(a.get('21')).toBe('b')
})

describe('the edit of a message', () => {
  test('is kept and shared like any draft, and is none of a channel', async () => {
    const a = draftsOf(browser.tab())
    const b = draftsOf(browser.tab())
    a.set('20', 'draft')
    a.set('edit.100', 'an edit 1')
    a.flush()
    await settle()
    for (const drafts of [a, b, draftsOf(browser.tab())]) {
      expect([drafts.get('edit.100'), drafts.has('edit.100'), drafts.has('100')]).toEqual(['an edit 1', true, false])
      expect(drafts.count).toBe(1)
    }
    b.set('edit.100', '')
    b.flush()
    await settle()
    expect(a.has('edit.100')).toBe(false)
    expect([...browser.kept.keys()]).toEqual([kept])
  })

  test('is dropped when it is old, a channel’s is not', () => {
    const drafts = draftsOf(browser.tab())
    drafts.set('20', 'draft')
    drafts.set('edit.100', 'old')
    drafts.flush()
    vi.setSystemTime(Date.now() + editLifeMs - 1)
    expect(draftsOf(browser.tab()).get('edit.100')).toBe('old')
    vi.setSystemTime(Date.now() + 1)
    expect(draftsOf(browser.tab()).get('edit.100')).toBe('')
    expect([...browser.kept.keys()]).toEqual([kept])
  })

  test('of very many the last ones stay', () => {
    const drafts = draftsOf(browser.tab())
    for (let id = 0; id <= keptEdits; id++) {
      vi.setSystemTime(Date.now() + 1)
      drafts.set(`edit.${id}`, 'a')
    }
    drafts.flush()
    expect([drafts.has('edit.0'), drafts.has('edit.1'), browser.kept.size]).toEqual([false, true, keptEdits])
  })
})
