// Beep's page: the door, or the conversation of who is signed in.

import { call } from './api.js'
import { openDoor } from './door.js'
import { openTalk } from './talk.js'
import { translate } from './texts.js'

const enter = () => openTalk(() => location.replace('/'))

translate()
const settingUp = location.hash.startsWith('#/setup/')
const signedIn = !settingUp && (await call('GET', '/users/@me').then(() => true, () => false))
if (signedIn) await enter()
else await openDoor(enter)
