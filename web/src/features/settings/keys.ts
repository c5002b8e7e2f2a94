import type { ChannelID, ServerID, UserID } from '@contract/types.gen'

/** The names under which what was typed is kept. The person is part of them: another one who signs in does not see it. */
export const profileKey = (me: UserID) => `${me} profile`
/** Of a server's own form. */
export const serverKey = (me: UserID, server: ServerID) => `${me} server ${server}`
/** Of a channel's own form. */
export const channelKey = (me: UserID, channel: ChannelID) => `${me} channel ${channel}`
