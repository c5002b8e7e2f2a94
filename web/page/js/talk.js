// The conversation: channels, the open channel's messages, and what the live stream changes in them.

import { call, nonce } from './api.js'
import { hue, icon, initials, make } from './dom.js'
import { follow } from './stream.js'
import { t } from './texts.js'
import { Log } from './log.js'

const $ = (id) => document.getElementById(id)
const retryAfter = 3000

/** openTalk shows the conversation of who is signed in; left() is called when the session is over. */
export async function openTalk(left) {
  const talk = new Talk(left)
  await talk.start()
}

class Talk {
  constructor(left) {
    this.left = left
    this.servers = []
    this.channels = new Map() // id -> {channel, server, unread, mentions}
    this.open = null
    this.log = new Log($('log'), $('newer'))
    this.close = () => {}
  }

  async start() {
    await this.fetch()
    $('talk').hidden = false
    $('leave').onclick = () => this.signOut()
    $('open-nav').onclick = () => this.drawer(!$('talk').classList.contains('nav-open'))
    $('scrim').onclick = () => this.drawer(false)
    addEventListener('keydown', (e) => e.key === 'Escape' && this.drawer(false))
    addEventListener('hashchange', () => this.route())
    this.composer()
    await this.route()
  }

  /** fetch takes a snapshot and follows the stream from it on. */
  async fetch() {
    this.close()
    this.state('connecting')
    const snap = await call('GET', '/sync')
    this.me = snap.user
    this.log.me = snap.user.id
    this.log.remember(snap.user)
    this.servers = snap.servers
    this.layout()
    this.close = follow(snap.cursor, {
      event: (e) => this.event(e),
      state: (s) => this.state(s),
      resync: () => this.again(),
      ended: () => this.check(),
    })
  }

  async again() {
    try {
      await this.fetch()
      if (this.open) await this.show(this.open)
    } catch (e) {
      this.lost(e)
    }
  }

  /** check finds out why the stream ended. */
  async check() {
    try {
      await call('GET', '/users/@me')
      setTimeout(() => this.again(), retryAfter)
    } catch (e) {
      this.lost(e)
    }
  }

  lost(problem) {
    if (problem.status === 401) return this.gone()
    this.state('broken')
    setTimeout(() => this.again(), retryAfter)
  }

  gone() {
    this.close()
    this.left()
  }

  async signOut() {
    await call('POST', '/auth/logout').catch(() => null)
    this.gone()
  }

  state(state) {
    const live = state === 'live'
    $('life').classList.toggle('on', live)
    $('life-text').textContent = t(live || state === 'degraded' ? 'live' : 'connecting')
    const words = { broken: 'broken', degraded: 'degraded' }[state]
    $('banner').hidden = !words
    if (words) $('banner').textContent = t(words)
  }

  layout() {
    const before = this.channels
    this.channels = new Map()
    for (const s of this.servers) {
      for (const c of s.channels) {
        const read = s.read_states.find((r) => r.channel_id === c.id)
        const old = before.get(c.id)
        this.channels.set(c.id, { channel: c, server: s, last: s.last_message_ids[c.id] ?? '', unread: old?.unread ?? false, mentions: old?.mentions ?? read?.mention_count ?? 0 })
      }
    }
    this.log.channels = this.channels
    $('me-name').textContent = this.me.display_name
    $('me-user').textContent = '@' + this.me.username
    $('me-face').textContent = initials(this.me.display_name)
    $('me-face').className = 'av ' + hue(this.me.id)
    this.list()
  }

  list() {
    const rows = []
    for (const s of this.servers) {
      rows.push(make('h2', 'server', s.server.name))
      const below = (id) => s.channels.filter((c) => (c.parent_id ?? null) === id && c.type !== 'category')
      rows.push(...below(null).map((c) => this.row(c)))
      for (const category of s.channels.filter((c) => c.type === 'category')) {
        rows.push(make('p', 'cat', icon('down'), category.name), ...below(category.id).map((c) => this.row(c)))
      }
    }
    $('channels').replaceChildren(...rows)
  }

  row(c) {
    const place = this.channels.get(c.id)
    const row = make(c.type === 'text' ? 'a' : 'p', 'chan' + (place.unread ? ' unread' : '') + (c.type === 'text' ? '' : ' voice'),
      icon(c.type === 'voice' ? 'vol' : 'hash'), make('span', '', c.name))
    if (place.mentions > 0) row.append(make('b', 'count', String(Math.min(place.mentions, 99))))
    if (c.type === 'text') row.href = '#/c/' + c.id
    if (this.open === c.id) row.setAttribute('aria-current', 'page')
    return row
  }

  drawer(open) {
    $('talk').classList.toggle('nav-open', open)
    $('open-nav').setAttribute('aria-expanded', open)
  }

  /** route opens the channel of the address, or the one in which something was said last. */
  async route() {
    const asked = location.hash.match(/^#\/c\/(\d+)$/)?.[1]
    const text = [...this.channels.values()].filter((p) => p.channel.type === 'text')
    const newest = text.reduce((a, b) => (!a || BigInt(b.last || 0) > BigInt(a.last || 0) ? b : a), null)
    const id = this.channels.has(asked) ? asked : newest?.channel.id
    this.drawer(false)
    if (!id) return this.nowhere()
    await this.show(id).catch((e) => this.lost(e))
  }

  nowhere() {
    $('place').textContent = ''
    $('composer').hidden = true
    $('log').replaceChildren(make('div', 'empty', make('b', '', t('nowhere')), make('span', '', t('nowhere_text'))))
  }

  async show(id) {
    const place = this.channels.get(id)
    if (!place) return this.route()
    this.open = id
    place.unread = false
    place.mentions = 0
    this.list()
    $('place').textContent = place.channel.name
    $('topic').textContent = place.channel.topic
    $('composer').hidden = !place.server.permissions.includes('send_messages')
    $('draft').placeholder = t('write_in', { name: place.channel.name })
    $('under').textContent = t('hint')
    $('under').className = 'under'
    document.title = `#${place.channel.name} · Beep`
    await this.log.open(place.channel)
    this.read(place)
  }

  read(place) {
    const newest = this.log.newest()
    if (newest) call('PUT', `/channels/${place.channel.id}/read`, { message_id: newest }).catch(() => null)
  }

  event(e) {
    if (e.type.startsWith('message.')) return this.said(e)
    if (e.type === 'user.updated' && e.user) this.me = e.user
    // Places and rights changed: what is visible is fetched again, once for a burst.
    clearTimeout(this.soon)
    if (e.type !== 'member.joined' && e.type !== 'member.removed' || (e.member?.user.id ?? e.user_id) === this.me.id) {
      this.soon = setTimeout(() => this.again(), 300)
    }
  }

  said(e) {
    const place = this.channels.get(e.channel_id)
    if (!place) return
    if (e.channel_id === this.open) {
      this.log.apply(e)
      if (e.type === 'message.created' && document.visibilityState === 'visible') this.read(place)
    } else if (e.type === 'message.created' && e.message.author.id !== this.me.id) {
      place.unread = true
      if (e.message.mentions.users.includes(this.me.id)) place.mentions++
      this.list()
    }
    if (e.type === 'message.created') this.wave()
  }

  /** wave moves the four bars once for something that was said anywhere. */
  wave() {
    const wave = $('life').firstElementChild
    wave.classList.remove('moved')
    void wave.offsetWidth
    wave.classList.add('moved')
  }

  composer() {
    const draft = $('draft')
    let attempt = nonce()
    draft.oninput = () => { attempt = nonce() }
    draft.onkeydown = (e) => {
      if (e.key !== 'Enter' || e.shiftKey || e.isComposing) return
      e.preventDefault()
      $('composer').requestSubmit()
    }
    $('composer').onsubmit = async (e) => {
      e.preventDefault()
      const content = draft.value.trim()
      if (!content) return
      try {
        const m = await call('POST', `/channels/${this.open}/messages`, { content, nonce: attempt })
        draft.value = ''
        attempt = nonce()
        this.log.apply({ type: 'message.created', channel_id: m.channel_id, message: m })
        this.log.toEnd()
        $('under').textContent = t('hint')
        $('under').className = 'under'
      } catch (problem) {
        if (problem.status === 401) return this.gone()
        $('under').textContent = t('failed', { why: problem.fields?.[0]?.detail ?? problem.message })
        $('under').className = 'under error'
      }
    }
  }
}
