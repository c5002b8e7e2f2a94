// The live stream. The browser comes back by itself and names the last event it got; where the server cannot go on from
// there, resync() is asked for a fresh beginning.

const kinds = ['message.created', 'message.updated', 'message.deleted', 'channel.created', 'channel.updated', 'channel.deleted',
  'server.updated', 'server.deleted', 'member.joined', 'member.removed', 'access.changed', 'user.updated']

/** follow opens the stream after cursor. on = {event, state, resync, ended}; it gives a function that closes it. */
export function follow(cursor, on) {
  const source = new EventSource('/api/v1/events?last_event_id=' + encodeURIComponent(cursor))
  const close = () => source.close()
  for (const kind of kinds) source.addEventListener(kind, (e) => on.event(JSON.parse(e.data)))
  source.addEventListener('ready', () => on.state('live'))
  source.addEventListener('healed', () => on.state('live'))
  source.addEventListener('degraded', () => on.state('degraded'))
  source.addEventListener('resync', (e) => {
    close()
    setTimeout(on.resync, JSON.parse(e.data).after_ms ?? 0)
  })
  source.addEventListener('bye', (e) => {
    if (JSON.parse(e.data).reconnect) return
    close()
    on.ended()
  })
  source.onerror = () => {
    on.state('broken')
    // Closed by the browser: the answer was no stream. Only asking tells whether the session or the node is gone.
    if (source.readyState === EventSource.CLOSED) on.ended()
  }
  return close
}
