import { flushSync } from 'svelte'
import { expect, test } from 'vitest'
import { locale } from './locale.svelte'

test('who reads the language follows it', () => {
  const seen: string[] = []
  const stop = $effect.root(() => {
    $effect(() => void seen.push(locale.current))
  })
  flushSync()
  locale.set('fr')
  flushSync()
  locale.set('en')
  flushSync()
  stop()
  expect(seen).toEqual(['en', 'fr', 'en'])
})
