import { parse } from '@/nav/route'
import type { ServerID } from '@contract/types.gen'

/** What a pasted text leads to: an invite, a server of this Beep, or a page of another site. */
export type Lead = { to: 'invite'; code: string } | { to: 'server'; server: ServerID } | { to: 'elsewhere'; host: string }

/** Longest code the contract takes. */
const code = /^[\w-]{4,64}$/
const address = /^https?:\/\//i

/**
 * follow reads what a person pasted: the link of an invite, a server, a channel or a message, such a link without its scheme, or a bare
 * code. undefined: it leads nowhere.
 */
export function follow(typed: string, origin: string): Lead | undefined {
  const text = typed.trim()
  if (code.test(text)) return { to: 'invite', code: text }
  const url = urlOf(text, origin)
  if (!url) return undefined
  const route = parse(url.pathname)
  const lead: Lead | undefined =
    route.name === 'invite'
      ? { to: 'invite', code: route.code }
      : 'server' in route
        ? { to: 'server', server: route.server }
        : undefined
  return url.host === new URL(origin).host || !lead ? lead : { to: 'elsewhere', host: url.host }
}

function urlOf(text: string, origin: string): URL | undefined {
  if (text === '' || /\s/.test(text)) return undefined
  try {
    if (address.test(text)) return new URL(text)
    return text.startsWith('/') ? new URL(text, origin) : new URL('https://' + text)
  } catch {
    return undefined
  }
}
