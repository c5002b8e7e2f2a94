import { flushSync } from 'svelte'
import { beforeEach, expect, test } from 'vitest'
import { overlay } from '@/nav/overlay.svelte'
import { stillHere } from './still_here.svelte'

let here: () => boolean

/** A component that asks; gives what makes it go. */
function mount(): () => void {
  const unmount = $effect.root(() => {
    here = stillHere()
  })
  flushSync()
  return unmount
}

beforeEach(() => overlay.open({ kind: 'add-server' }))

test('while nothing changes, it is here', () => {
  mount()
  expect(here()).toBe(true)
})

test('closed, or followed by another: no longer', () => {
  mount()
  overlay.close()
  expect(here()).toBe(false)
  overlay.open({ kind: 'add-server' })
  expect(here()).toBe(false)
})

test('another step of the same dialog is another component', () => {
  mount()()
  expect(here()).toBe(false)
})

test('a page is left while a dialog lies over it', () => {
  overlay.close()
  mount()
  expect(here()).toBe(true)
  overlay.open({ kind: 'sign-out' })
  expect(here()).toBe(false)
})
