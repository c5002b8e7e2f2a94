import { expect, test } from 'vitest'
import { catalogues, texts, type Entry } from './texts'
import { locale, locales } from './locale.svelte'

import.meta.glob(['../**/texts.ts', '!./texts.ts'], { eager: true })

const forms = (entry: Entry): string[] => (typeof entry === 'string' ? [entry] : Object.values(entry))
const slots = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([slot]) => slot).sort()

test('every catalogue says the same in every language', () => {
  expect(catalogues.size).toBeGreaterThan(3)
  for (const [name, all] of catalogues) {
    const keys = Object.keys(all.en)
    for (const language of locales) {
      expect(Object.keys(all[language]), `${name}, ${language}`).toEqual(keys)
      for (const key of keys) {
        const entry = all[language][key] as Entry
        expect(typeof entry, `${name}.${key} has plural forms in both languages or in none`).toBe(typeof all.en[key])
        for (const text of forms(entry)) {
          expect(text.trim(), `${name}.${key} in ${language} is empty`).not.toBe('')
          const want = forms(all.en[key] as Entry).flatMap(slots)
          for (const slot of slots(text)) expect(want, `${name}.${key} in ${language}`).toContain(slot)
          expect(text, `${name}.${key}: the machine does not shout`).not.toMatch(/!/)
        }
      }
    }
  }
})

test('French sets a narrow space before high punctuation', () => {
  for (const [name, all] of catalogues)
    for (const [key, entry] of Object.entries(all.fr))
      for (const text of forms(entry))
        expect(text, `${name}.${key}`).not.toMatch(/(?<=[^\s\u202f:/])[:;?](?=\s|$)|(?<=[ \u00a0])[:;?](?=\s|$)/)
})

test('parameters, plurals and slots', () => {
  const t = texts('test', {
    en: { hi: 'Hello {name}', news: { one: '{n} new message', other: '{n} new messages' } },
    fr: { hi: 'Bonjour {name}', news: { one: '{n} nouveau message', other: '{n} nouveaux messages' } },
  })
  catalogues.delete('test')
  locale.set('en')
  expect(t('hi', { name: '<b>' })).toBe('Hello <b>')
  expect(t('news', { n: 1 })).toBe('1 new message')
  expect(t('news', { n: 1200 })).toBe('1,200 new messages')
  expect(t.parts('hi')).toEqual([{ text: 'Hello ' }, { slot: 'name' }])
  locale.set('fr')
  expect(t('news', { n: 0 })).toBe('0 nouveau message')
  locale.set('en')
})
