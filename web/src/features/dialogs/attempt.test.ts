import { expect, test } from 'vitest'
import { Problem } from '@/api/problem'
import { Attempt } from './attempt.svelte'

const refused = new Problem('validation_failed', 422, {
  detail: 'Please correct the fields listed.',
  errors: [{ pointer: '/name', code: 'too_long', detail: 'Too long.' }],
})

test('refused: the reason stands at its field, and nowhere else', async () => {
  const attempt = new Attempt('name')
  expect(await attempt.run(() => Promise.reject(refused))).toBe(false)
  expect([attempt.field('name'), attempt.field('topic'), attempt.rest, attempt.busy]).toEqual(['Too long.', undefined, '', false])
})

test('refused at a field that the form does not have: told in its one line', async () => {
  const attempt = new Attempt('topic')
  await attempt.run(() => Promise.reject(refused))
  expect(attempt.rest).toBe('Please correct the fields listed.')
  await attempt.run(() => Promise.resolve())
  expect(attempt.rest).toBe('')
})

test('one try at a time', async () => {
  const attempt = new Attempt()
  let tries = 0
  const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 0, tries++))
  const first = attempt.run(slow)
  expect([attempt.busy, await attempt.run(slow), await first, tries]).toEqual([true, false, true, 1])
})
