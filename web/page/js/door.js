// The door: signing in, signing up, setting up, and what this Beep says about itself.

import { call, Problem } from './api.js'
import { t } from './texts.js'

const $ = (id) => document.getElementById(id)

/** openDoor shows the door and calls entered() once somebody is signed in. */
export async function openDoor(entered) {
  $('talk').hidden = true
  $('door').hidden = false
  document.title = 'Beep'
  $('where').textContent = location.host
  const setup = location.hash.match(/^#\/setup\/([\w.-]+)$/)?.[1]
  choose(setup ? 'setup' : 'in')
  if (!setup) {
    $('way-in').onclick = () => choose('in')
    $('way-new').onclick = () => choose('new')
  }
  $('form-in').onsubmit = (e) => submit(e, '/auth/login', {}, entered)
  $('form-new').onsubmit = (e) => submit(e, setup ? '/setup' : '/auth/register', setup ? { token: setup } : {}, entered)
  await Promise.all([introduce(), setup ? null : offerGuest(entered)])
}

function choose(way) {
  $('form-in').hidden = way !== 'in'
  $('form-new').hidden = way === 'in'
  if (way === 'setup') $('ways').hidden = true
  $('way-in').setAttribute('aria-pressed', way === 'in')
  $('way-new').setAttribute('aria-pressed', way !== 'in')
  const title = { in: 'welcome', new: 'join', setup: 'setup' }[way]
  $('door-title').textContent = t(title)
  $('door-lede').textContent = t(title + '_text')
  complain('')
}

async function submit(event, path, more, entered) {
  event.preventDefault()
  const form = event.target
  const values = Object.fromEntries(new FormData(form))
  await enter(form, path, { ...values, ...more, session: 'cookie' }, entered)
}

async function enter(form, path, body, entered) {
  const button = form.matches('button') ? form : form.querySelector('button')
  button.disabled = true
  complain('')
  try {
    const answer = await call('POST', path, body)
    if (answer.user && answer.expires_at === undefined) return complain(t('validate_first'))
    if (location.hash.startsWith('#/setup/')) history.replaceState(null, '', '/')
    $('door').hidden = true
    await entered()
  } catch (e) {
    if (!(e instanceof Problem)) throw e
    mark(form, e)
  } finally {
    button.disabled = false
  }
}

/** mark tells what was wrong beside the fields it was wrong with, or below. */
function mark(form, problem) {
  for (const old of form.querySelectorAll('.hint.error')) old.remove()
  for (const input of form.querySelectorAll('.input')) input.removeAttribute('aria-invalid')
  let rest = problem.fields.length === 0
  for (const field of problem.fields) {
    const input = form.elements?.namedItem(field.pointer?.replace('/', '') ?? '')
    if (!input) rest = true
    if (!input || input.hasAttribute('aria-invalid')) continue // one line a field is enough
    input.setAttribute('aria-invalid', 'true')
    const hint = document.createElement('p')
    hint.className = 'hint error'
    hint.textContent = field.detail
    input.after(hint)
  }
  if (rest) complain(problem.message)
}

function complain(text) {
  $('door-problem').textContent = text
  $('door-problem').hidden = text === ''
}

async function introduce() {
  const info = await call('GET', '/instance').catch(() => null)
  if (!info) return
  $('instance').textContent = `${info.name} ${info.version} · ${t('registration_' + info.registration)}`
  $('way-new').disabled = info.registration === 'closed'
}

/** offerGuest shows the guest's entrance, which only a demo has. */
async function offerGuest(entered) {
  const answer = await fetch('/demo.json').catch(() => null)
  if (!answer?.ok) return
  const guest = await answer.json()
  $('guest-text').textContent = t('guest_text', { server: guest.server })
  $('guest').hidden = $('guest-or').hidden = false
  $('guest').onclick = () => enter($('guest'), '/auth/login', { login: guest.login, password: guest.password, session: 'cookie' }, entered)
}
