import type { ChannelID, MessageID, PluginID, ServerID } from '@contract/types.gen'

export const accountPages = ['profile', 'password', 'sessions', 'appearance'] as const
export const serverPages = ['overview', 'channels', 'members', 'invites', 'plugins'] as const
export type AccountPage = (typeof accountPages)[number]
export type ServerPage = (typeof serverPages)[number]
/** What one sees of a plugin: its settings, or what it did. */
export type PluginPage = 'settings' | 'verdicts'

/** A place in the client. Every place has an address that can be copied, except for the set-up link, whose token stays behind #. */
export type Route =
  | { name: 'home' }
  | { name: 'sign-in' }
  | { name: 'sign-up' }
  | { name: 'setup'; token: string }
  | { name: 'invite'; code: string }
  | { name: 'server'; server: ServerID }
  | { name: 'channel'; server: ServerID; channel: ChannelID; message?: MessageID }
  | { name: 'channel-settings'; server: ServerID; channel: ChannelID }
  | { name: 'server-settings'; server: ServerID; page: ServerPage }
  | { name: 'plugin-settings'; server: ServerID; plugin: PluginID; page: PluginPage }
  | { name: 'settings'; page: AccountPage }
  | { name: 'nowhere' }

const id = /^\d{1,20}$/
const pluginID = /^[a-z\d][a-z\d.-]{0,63}$/

/** parse reads an address: path and, for the set-up link, hash. */
export function parse(path: string, hash = ''): Route {
  const setup = /^#\/setup\/([\w-]+)$/.exec(hash)
  if (setup) return { name: 'setup', token: setup[1] as string }
  const [first, second, third, fourth, ...rest] = path.split('/').filter(Boolean).map(decode)
  if (first === 's' && third === 'settings' && fourth === 'plugins' && rest.length > 0) return parsePlugin(second ?? '', rest)
  if (rest.length > 0) return { name: 'nowhere' }
  if (first === undefined) return { name: 'home' }
  if (first === 's' && second && id.test(second)) return parseServer(second, third, fourth)
  if (third !== undefined) return { name: 'nowhere' }
  if ((first === 'sign-in' || first === 'sign-up') && second === undefined) return { name: first }
  if (first === 'invite' && second) return { name: 'invite', code: second }
  if (first === 'settings') {
    const page = accountPages.find((known) => known === (second ?? 'profile'))
    if (page) return { name: 'settings', page }
  }
  return { name: 'nowhere' }
}

function parseServer(server: ServerID, third?: string, fourth?: string): Route {
  if (third === undefined) return { name: 'server', server }
  if (third === 'settings') {
    const page = serverPages.find((known) => known === (fourth ?? 'overview'))
    return page ? { name: 'server-settings', server, page } : { name: 'nowhere' }
  }
  if (!id.test(third)) return { name: 'nowhere' }
  if (fourth === undefined) return { name: 'channel', server, channel: third }
  if (fourth === 'settings') return { name: 'channel-settings', server, channel: third }
  return id.test(fourth) ? { name: 'channel', server, channel: third, message: fourth } : { name: 'nowhere' }
}

function parsePlugin(server: string, [plugin = '', page, ...rest]: string[]): Route {
  const known = id.test(server) && pluginID.test(plugin) && (page === undefined || page === 'verdicts') && rest.length === 0
  return known ? { name: 'plugin-settings', server, plugin, page: page ?? 'settings' } : { name: 'nowhere' }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** address writes the path of a place. */
export function address(route: Route): string {
  switch (route.name) {
    case 'home':
    case 'nowhere':
      return '/'
    case 'setup':
      return '/#/setup/' + route.token
    case 'invite':
      return '/invite/' + encodeURIComponent(route.code)
    case 'server':
      return `/s/${route.server}`
    case 'channel':
      return `/s/${route.server}/${route.channel}` + (route.message ? '/' + route.message : '')
    case 'channel-settings':
      return `/s/${route.server}/${route.channel}/settings`
    case 'server-settings':
      return `/s/${route.server}/settings/${route.page}`
    case 'plugin-settings':
      return `/s/${route.server}/settings/plugins/${route.plugin}` + (route.page === 'verdicts' ? '/verdicts' : '')
    case 'settings':
      return '/settings/' + route.page
    default:
      return '/' + route.name
  }
}
