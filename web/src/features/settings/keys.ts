import type { ChannelID, PluginID, ServerID } from '@contract/types.gen'

/** The names under which what was typed is kept. */
export const profileKey = 'profile'
/** Of a server's own form. */
export const serverKey = (server: ServerID) => `server ${server}`
/** Of a channel's own form. */
export const channelKey = (channel: ChannelID) => `channel ${channel}`
/** Of a plugin's settings in a server. */
export const pluginKey = (server: ServerID, plugin: PluginID) => `plugin ${server} ${plugin}`
