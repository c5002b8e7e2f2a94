// The one way to the REST interface. The session is a cookie that scripts cannot read.

import { lang, t } from './texts.js'

/** Problem is an answer that was no success: a text for people, the code for programs. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail || body?.title || t('unreachable'))
    this.status = status
    this.code = body?.code ?? ''
    this.fields = body?.errors ?? []
  }
}

/** call asks for /api/v1 + path and gives the parsed answer, null where there is none. */
export async function call(method, path, body) {
  const headers = { 'Accept-Language': lang }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  let answer
  try {
    answer = await fetch('/api/v1' + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
  } catch {
    throw new Problem(0)
  }
  const json = await answer.json().catch(() => null)
  if (!answer.ok) throw new Problem(answer.status, json)
  return json
}

/** nonce names one attempt to send, so that trying again sends nothing twice. */
export function nonce() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')
}
