import { setTimeout as pause } from 'node:timers/promises'
import type { ServerPlugin, UpdatePluginRequest } from '@contract/types.gen'
import type { Account, Place } from './api'

/** The plugin that every Beep has for judging messages. */
export const moderation = 'chat.beep.moderation'

const readyWithinMs = 120_000
const askEveryMs = 250

/** Waits until a node has compiled the moderation plugin, and gives it as it works in a place. */
export async function moderationOf(owner: Account, place: Place): Promise<ServerPlugin> {
  const params = { server_id: place.server.id, plugin_id: moderation }
  for (const late = Date.now() + readyWithinMs; Date.now() < late; await pause(askEveryMs)) {
    const plugin = await owner.rest('getPlugin', { params })
    if (plugin.state === 'ready') return plugin
    if (plugin.state === 'failed') throw new Error('the moderation plugin cannot start')
  }
  throw new Error('the moderation plugin was not ready in time')
}

/** Changes the settings of the moderation plugin once it is ready. */
export async function moderate(owner: Account, place: Place, body: UpdatePluginRequest): Promise<ServerPlugin> {
  await moderationOf(owner, place)
  return owner.rest('updatePlugin', { params: { server_id: place.server.id, plugin_id: moderation }, body })
}
