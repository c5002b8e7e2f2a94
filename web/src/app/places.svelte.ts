import { channelTree, firstTextChannel } from '@/model/channels'
import type { ChannelState, ServerState } from '@/model/types'
import { channelUnread } from '@/model/unread'
import { serversInOrder } from '@/features/shell/order'
import type { Route } from '@/nav/route'
import { router } from '@/nav/router.svelte'
import type { Session } from '@/session/port'
import { keep, kept } from '@/text/kept'
import type { ChannelID, ServerID } from '@contract/types.gen'

const prefix = 'beep.places'

/** Where this person is and was: which server and channel the address means, and which channel each server was left at. */
export interface Places {
  readonly server: ServerState | undefined
  readonly channel: ChannelState | undefined
  /** The place one was reading at before settings came. */
  lastReading(): Route
  /** Remembers that a channel is being read. */
  visit(server: ServerID, channel: ChannelID): void
  /** The address that a server alone, or the start, stands for; undefined where there is none. */
  settle(): Route | undefined
  /** Goes to the next or previous channel of the list, or only to unread ones. */
  step(by: 1 | -1, unread: boolean): void
}

interface Memory {
  servers: Record<ServerID, ChannelID>
  last?: ServerID
}

/** places follows the router for one session. Reading it in a component is reactive. */
export function places(session: Session): Places {
  const key = `${prefix}.${session.me.id}`
  const memory = recall(key)
  const server = $derived.by(() => {
    const route = router.route
    return 'server' in route ? session.state.servers.get(route.server) : undefined
  })
  const channel = $derived.by(() => {
    const route = router.route
    return 'channel' in route ? server?.channels.get(route.channel) : undefined
  })

  /** The channel that a server opens with. */
  const entry = (of: ServerState): Route | undefined => {
    const known = of.channels.get(memory.servers[of.info.id] ?? '')
    const first = known?.info.type === 'text' ? known : firstTextChannel(of)
    return first ? { name: 'channel', server: of.info.id, channel: first.info.id } : undefined
  }
  const start = () => {
    const last = session.state.servers.get(memory.last ?? '') ?? serversInOrder(session.state)[0]
    return last ? { server: last, entry: entry(last) } : undefined
  }

  return {
    get server() {
      return server
    },
    get channel() {
      return channel
    },
    lastReading() {
      const route = router.route
      const here = 'server' in route ? session.state.servers.get(route.server) : start()?.server
      const there = 'channel' in route && here?.channels.get(route.channel)?.info.type === 'text'
      if (here && there) return { name: 'channel', server: here.info.id, channel: route.channel }
      return here ? (entry(here) ?? { name: 'server', server: here.info.id }) : { name: 'home' }
    },
    visit(of, at) {
      memory.servers[of] = at
      memory.last = of
      keep(key, JSON.stringify(memory))
    },
    settle() {
      if (router.route.name === 'home')
        return start()?.entry ?? (start() ? { name: 'server', server: start()!.server.info.id } : undefined)
      return router.route.name === 'server' && server ? entry(server) : undefined
    },
    step(by, unread) {
      const target = neighbour(session, server, channel, by, unread)
      if (target) router.go({ name: 'channel', server: target.info.server_id, channel: target.info.id })
    },
  }
}

/** The channel above or below in the server's list; unread ones are looked for in every server. */
function neighbour(
  session: Session,
  server: ServerState | undefined,
  channel: ChannelState | undefined,
  by: 1 | -1,
  unread: boolean,
): ChannelState | undefined {
  const servers = unread ? serversInOrder(session.state) : server ? [server] : []
  const list = servers.flatMap((one) =>
    channelTree(one).flatMap((group) => group.channels.filter((candidate) => candidate.info.type === 'text')),
  )
  const here = list.findIndex((candidate) => candidate.info.id === channel?.info.id)
  for (let i = 1; i <= list.length; i++) {
    const found = list[(here + by * i + list.length * 2) % list.length]
    if (found && found.info.id !== channel?.info.id && (!unread || channelUnread(found).unread)) return found
  }
  return undefined
}

function recall(key: string): Memory {
  try {
    return { servers: {}, ...JSON.parse(kept(key) ?? '{}') }
  } catch {
    return { servers: {} }
  }
}
