import { Problem } from '@/api/problem'
import { expect, test, vi } from 'vitest'
import { fieldErrors } from './field_errors'
import { findGuest } from './guest'
import { inviteCode } from './invite_code'
import { looksLikeEmail, looksLikeUsername, trimmed } from './person'
import { Submission } from './submission.svelte'

test.each([
  ['k3x9Qm2a', 'k3x9Qm2a'],
  [' k3x9Qm2a\n', 'k3x9Qm2a'],
  ['https://beep.example/invite/k3x9Qm2a', 'k3x9Qm2a'],
  ['https://beep.example/invite/k3x9Qm2a?from=mail#x', 'k3x9Qm2a'],
  ['beep.example/invite/k3x9Qm2a/', 'k3x9Qm2a'],
  ['/invite/k3x9Qm2a', 'k3x9Qm2a'],
  ['', ''],
])('the code in "%s"', (text, code) => expect(inviteCode(text)).toBe(code))

const answering = (answer: Response | Error) =>
  vi.fn<typeof fetch>(async () => (answer instanceof Error ? Promise.reject(answer) : answer))

test.each<[string, Response | Error, object | undefined]>([
  ['a demo', Response.json({ server: 'Beep', login: 'guest', password: 'secret' }), { login: 'guest', password: 'secret' }],
  ['no demo', new Response('not found', { status: 404 }), undefined],
  ['a page for every address', new Response('<!doctype html>'), undefined],
  ['something else', Response.json({ login: 1 }), undefined],
  ['nothing', Response.json(null), undefined],
  ['no network', new TypeError('failed'), undefined],
])('%s', async (_, answer, guest) => expect(await findGuest(answering(answer))).toEqual(guest))

test('names are trimmed, passwords are not', () => {
  const person = { first_name: ' Ada ', last_name: ' ', username: ' ada', email: 'a@b ', password: ' p ' }
  expect(trimmed(person)).toEqual({ first_name: 'Ada', last_name: '', username: 'ada', email: 'a@b', password: ' p ' })
})

test('gentle looks at usernames and addresses', () => {
  expect(['ada', 'Ada.L-1_x'].every(looksLikeUsername)).toBe(true)
  expect(['a', 'é-a', 'a b', 'x'.repeat(33)].some(looksLikeUsername)).toBe(false)
  expect(looksLikeEmail('a@b')).toBe(true)
  expect(['a', '@b', 'a@', 'a b@c'].some(looksLikeEmail)).toBe(false)
})

const invalid = new Problem('validation_failed', 422, {
  errors: [
    { pointer: '/email', code: 'bad_format', detail: 'Not an address.' },
    { pointer: '/password', code: 'too_short', detail: 'At least 10.' },
    { pointer: '/password', code: 'password_too_common', detail: 'Common.' },
  ],
})

test('each field has its first problem, in the form’s own words where it has better ones; codes about a field find it', () => {
  expect(fieldErrors(invalid)).toEqual({ email: 'An address looks like name@example.org.', password: 'At least 10 characters.' })
  const name = { pointer: '/first_name', code: 'control_character', detail: 'Invisible.' }
  expect(fieldErrors(new Problem('validation_failed', 422, { errors: [name] }))).toEqual({ first_name: 'Invisible.' })
  expect(fieldErrors(new Problem('username_taken', 409, { detail: 'Taken.' }))).toEqual({ username: 'Taken.' })
  expect(fieldErrors(new Problem('email_taken', 409, { detail: 'Used.' }))).toEqual({ email: 'Used.' })
  expect(fieldErrors(new Problem('invalid_credentials', 401, { detail: 'Wrong.' }))).toEqual({})
  expect(fieldErrors(new TypeError('x'))).toEqual({})
})

/** A form of some fields that remembers which one got the focus. */
function formOf(...names: string[]): HTMLFormElement & { focused: string } {
  const form = {
    focused: '',
    elements: { namedItem: (name: string) => (names.includes(name) ? { value: name === 'password' ? '' : 'x' } : null) },
    querySelector: () => ({ focus: () => (form.focused = 'first wrong') }),
  }
  return form as unknown as HTMLFormElement & { focused: string }
}

test('a form is sent once however often it is pressed', async () => {
  const submission = new Submission()
  let finish = () => {}
  const act = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)))
  const first = submission.send(formOf(), act)
  await submission.send(formOf(), act)
  expect(submission.busy).toBe(true)
  finish()
  await first
  expect(act).toHaveBeenCalledTimes(1)
  expect(submission.busy).toBe(false)
})

test('reasons stand at their fields, else at the form', async () => {
  const submission = new Submission()
  const form = formOf('email', 'password')
  await submission.send(form, () => Promise.reject(invalid))
  expect(submission.errors).toEqual({ email: 'An address looks like name@example.org.', password: 'This is still missing.' })
  expect(submission.message).toBe('')
  expect(form.focused).toBe('first wrong')

  submission.clear('email')
  expect(submission.errors.email).toBe('')

  await submission.send(formOf('email'), () => Promise.reject(new Problem('username_taken', 409, { detail: 'Taken.' })))
  expect(submission.message).toBe('Taken.')
  await submission.send(form, () => Promise.reject(new Problem('unreachable', 0)))
  expect(submission.message).not.toBe('')
  await submission.send(form, async () => {})
  expect(submission.message).toBe('')
})
