// The messages of the open channel: a page of history, brought up to date by events. An older version of a message never
// replaces a newer one, and what was deleted stays deleted.

import { call } from './api.js'
import { hue, initials, make, rich } from './dom.js'
import { lang, t } from './texts.js'

const page = 50
const most = 400 // messages kept in the page
const together = 7 * 60 * 1000
const near = 120 // pixels from the end within which a reader counts as being there

const clock = new Intl.DateTimeFormat(lang, { hour: '2-digit', minute: '2-digit' })
const date = new Intl.DateTimeFormat(lang, { weekday: 'long', day: 'numeric', month: 'long' })

export class Log {
  constructor(box, pill) {
    this.box = box
    this.pill = pill
    this.people = new Map() // id -> person, of whom a message told or who was asked for
    this.asked = new Set()
    this.messages = []
    this.gone = new Set()
    this.channels = new Map()
    this.missed = 0
    pill.onclick = () => this.toEnd()
    box.onscroll = () => {
      if (this.atEnd()) this.count(0)
    }
  }

  async open(channel) {
    this.channel = channel
    this.messages = []
    this.gone = new Set()
    this.count(0)
    const list = await call('GET', `/channels/${channel.id}/messages?limit=${page}`)
    if (this.channel !== channel) return
    this.complete = list.length < page
    this.messages = list.reverse().filter((m) => !this.gone.has(m.id))
    this.draw()
    this.toEnd()
  }

  newest() { return this.messages.at(-1)?.id }

  async earlier() {
    const channel = this.channel
    const list = await call('GET', `/channels/${channel.id}/messages?limit=${page}&before=${this.messages[0].id}`).catch(() => null)
    if (!list || this.channel !== channel) return
    this.complete = list.length < page
    const height = this.box.scrollHeight
    this.messages.unshift(...list.reverse())
    this.draw()
    this.box.scrollTop += this.box.scrollHeight - height // what one reads stays where it is
  }

  apply(e) {
    const stay = this.atEnd()
    if (e.type === 'message.deleted') {
      this.gone.add(e.message_id)
      this.messages = this.messages.filter((m) => m.id !== e.message_id)
      return this.draw()
    }
    const m = e.message
    if (this.gone.has(m.id)) return
    const at = this.messages.findIndex((o) => o.id === m.id)
    if (at >= 0) {
      if (this.messages[at].version >= m.version) return
      this.messages[at] = m
      return this.draw()
    }
    if (e.type !== 'message.created') return // older than what is shown
    this.put(m)
    if (stay && this.messages.length > most) this.messages.splice(0, this.messages.length - most)
    this.draw()
    if (stay) this.toEnd()
    else this.count(this.missed + 1)
  }

  /** put keeps the order of ids, which is the channel's. */
  put(m) {
    let at = this.messages.length
    while (at > 0 && BigInt(this.messages[at - 1].id) > BigInt(m.id)) at--
    this.messages.splice(at, 0, m)
  }

  atEnd() { return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < near }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight
    this.count(0)
  }

  count(n) {
    this.missed = n
    this.pill.hidden = n === 0
    this.pill.textContent = n === 1 ? t('one_new') : t('many_new', { n })
  }

  remember(person) { this.people.set(person.id, person) }

  draw() {
    const rows = []
    if (this.messages.length === 0) rows.push(make('div', 'empty', t('quiet')))
    else if (!this.complete) rows.push(this.more())
    else rows.push(make('div', 'day', t('beginning', { name: '#' + this.channel.name })))
    let before = null
    for (const m of this.messages) {
      this.remember(m.author)
      if (day(m) !== (before && day(before))) {
        rows.push(make('div', 'day', named(m)))
        before = null
      }
      rows.push(this.message(m, before))
      before = m
    }
    this.box.replaceChildren(...rows)
  }

  more() {
    const button = make('button', 'earlier', t('earlier'))
    button.type = 'button'
    button.onclick = () => this.earlier()
    return button
  }

  message(m, before) {
    const first = !before || before.author.id !== m.author.id || m.reply_to || at(m) - at(before) > together
    const row = make('article', 'msg' + (first ? ' first' : '') + (m.mentions.users.includes(this.me) ? ' for-me' : ''))
    const time = make('time', first ? '' : 'gutter', clock.format(at(m)))
    time.dateTime = m.created_at
    if (m.reply_to) row.append(this.reply(m.reply_to))
    row.append(first ? face(m.author) : time)
    const col = make('div', 'col')
    if (first) col.append(make('header', 'by ' + hue(m.author.id), make('b', '', m.author.display_name), make('small', '', '@' + m.author.username), time))
    const body = make('div', 'body', rich(m.html))
    this.mentions(body)
    if (m.edited_at) body.append(make('small', 'edited', ' ' + t('edited')))
    col.append(body)
    row.append(col)
    return row
  }

  reply(to) {
    const name = make('b', hue(to.author_id))
    this.name(to.author_id, (p) => { name.textContent = p.display_name })
    return make('div', 'reply', name, make('span', '', this.plain(to.excerpt) || t('gone')))
  }

  /** plain shows the stored form of mentions in a text as names, as far as they are known. */
  plain(text) {
    return text.replace(/<([@#])&?(\d+)>/g, (_, sign, id) => {
      if (sign === '#') return '#' + (this.channels.get(id)?.channel.name ?? '?')
      let name = '?'
      this.name(id, (p) => { name = p.username })
      return '@' + name
    })
  }

  mentions(body) {
    for (const el of body.querySelectorAll('.mention')) {
      if (el.dataset.channel) el.textContent = '#' + (this.channels.get(el.dataset.channel)?.channel.name ?? '?')
      if (!el.dataset.user) continue
      el.classList.toggle('self', el.dataset.user === this.me)
      this.name(el.dataset.user, (p) => { el.textContent = '@' + p.username })
    }
  }

  /** name tells who somebody is, now if it is known, else once the server said; each person is asked for once. */
  name(id, tell) {
    const known = this.people.get(id)
    if (known) return tell(known)
    if (this.asked.has(id)) return
    this.asked.add(id)
    call('GET', '/users/' + id).then((p) => {
      this.remember(p)
      const stay = this.atEnd()
      this.draw()
      if (stay) this.toEnd()
    }, () => null)
  }
}

const at = (m) => new Date(m.created_at)
const day = (m) => at(m).toDateString()

function named(m) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - at(m).setHours(0, 0, 0, 0)) / 86_400_000)
  const text = date.format(at(m))
  return days === 0 ? `${t('today')}, ${text}` : days === 1 ? `${t('yesterday')}, ${text}` : text
}

function face(person) {
  const el = make('span', 'av ' + hue(person.id), initials(person.display_name))
  el.setAttribute('aria-hidden', 'true')
  return el
}
