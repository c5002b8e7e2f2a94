import Plug from '@lucide/svelte/icons/plug'
import Shield from '@lucide/svelte/icons/shield'
import Type from '@lucide/svelte/icons/type'
import type { Icon } from '@/ui/icon'
import type { ServerPlugin } from '@contract/types.gen'

const moderate = 'message.moderate'
const render = 'markdown.render'

/** What a plugin's tile shows: what it does, and a hue of its own. */
export function faceOf({ hooks }: ServerPlugin): { icon: Icon; hue: string } {
  if (hooks.includes(moderate)) return { icon: Shield, hue: 'hue-lagoon' }
  return hooks.includes(render) ? { icon: Type, hue: 'hue-iris' } : { icon: Plug, hue: 'hue-moss' }
}

/** What only renders works for everybody: no server switches it. */
export const isAlwaysOn = ({ hooks }: ServerPlugin): boolean => !hooks.includes(moderate)

/** How a plugin is doing, for a line and its colour. */
export type Health = 'compiling' | 'failed' | 'resting' | 'always' | 'dry' | 'on' | 'off'

/** healthOf says the one thing that matters most about a plugin. */
export function healthOf(plugin: ServerPlugin): Health {
  if (plugin.state !== 'ready') return plugin.state
  if (plugin.resting.length > 0) return 'resting'
  if (isAlwaysOn(plugin)) return 'always'
  if (!plugin.enabled) return 'off'
  return plugin.dry_run ? 'dry' : 'on'
}
