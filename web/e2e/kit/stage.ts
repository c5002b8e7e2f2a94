import { createPlace, join, sendAll, signUp, type Account, type Place } from './api'
import type { Beep } from './beep'

/** A community with enough in it that every screen has something to show. */
export interface Stage {
  /** Owns the server. */
  host: Account
  /** A member. */
  guest: Account
  /** Has an account and no server. */
  newcomer: Account
  place: Place
  /** Code of a living invite. */
  invite: string
}

const talk: [who: 'host' | 'guest' | 'third', text: string][] = [
  ['guest', 'The boats are back on the water. Who sails on Saturday?'],
  ['third', 'Me, if the wind stays below five.'],
  [
    'host',
    'Forecast says **three to four**, turning west after noon. I made a list:\n- life jackets: six are in the shed\n- the small jib is torn\n- _someone_ has the key',
  ],
  ['third', 'The key is with me, sorry.'],
  [
    'guest',
    '> the small jib is torn\n\nI can sew it on Friday. The pattern:\n```python\ndef panel(luff, foot):\n    return luff * foot / 2  # square metres\n```',
  ],
  ['host', '@tomasz that would be wonderful. Details in <https://example.org/sails>, or ask in #plans'],
  ['guest', 'The password of the boathouse is ||on the board||, as always. `make tea` first, then we talk.'],
  ['third', 'Ça marche. À samedi ! 🌊⛵'],
]

/** Fills a node. */
export async function setStage(beep: Beep): Promise<Stage> {
  const host = await signUp(beep.base, 'marguerite', 'Marguerite', 'Delorme')
  const guest = await signUp(beep.base, 'tomasz', 'Tomasz', 'Wrona')
  const third = await signUp(beep.base, 'nadia', 'Nadia', 'Belkacem')
  const newcomer = await signUp(beep.base, 'noor', 'Noor', 'Haddad')
  const place = await createPlace(host, 'Sailing club', ['general', 'plans', 'a-quiet-corner'])
  const params = { server_id: place.server.id }
  await host.rest('updateServer', { params, body: { description: 'Small boats, slow rivers, good company.' } })
  const { id: category } = await host.rest('createChannel', { params, body: { name: 'Workshops', type: 'category' } })
  for (const name of ['sewing', 'knots-and-splices', 'varnish']) {
    await host.rest('createChannel', { params, body: { name, type: 'text', parent_id: category } })
  }
  const [general, plans] = place.channels
  if (!general || !plans) throw new Error('a server without channels')
  await host.rest('updateChannel', { params: { channel_id: general.id }, body: { topic: 'Everything that floats' } })
  for (const account of [guest, third]) await join(account, place.server.id)
  const people = { host, guest, third }
  for (const [who, text] of talk) await sendAll(people[who], general.id, [text])
  const first = await host.rest('listMessages', { params: { channel_id: general.id }, query: { limit: 50 } })
  const question = first.at(-1)
  await third.rest('sendMessage', {
    params: { channel_id: general.id },
    body: { content: 'Saturday it is.', reply_to: question?.id },
  })
  const [typo] = await sendAll(host, general.id, ['Then I bring the coffe.'])
  await host.rest('editMessage', {
    params: { channel_id: general.id, message_id: typo?.id ?? '' },
    body: { content: 'Then I bring the coffee.' },
  })
  await sendAll(guest, plans.id, ['@marguerite a plan for the summer, have a look'])
  for (const name of ['Choir of the lower town', 'Repair café', 'Jardin partagé'])
    await host.rest('createServer', { body: { name, visibility: 'private' } })
  const { code } = await host.rest('createInvite', { params, body: { max_uses: 20, expires_in_s: 7 * 24 * 3600 } })
  return { host, guest, newcomer, place, invite: code }
}
