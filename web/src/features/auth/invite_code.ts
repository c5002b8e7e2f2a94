import { parse } from '@/nav/route'

/** The code in what someone pasted: the code itself, or a link to it with or without its host. */
export function inviteCode(text: string): string {
  const trimmed = text.trim()
  const path = trimmed.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/[?#].*$/, '')
  const route = parse(path.slice(Math.max(0, path.indexOf('/invite/'))))
  return route.name === 'invite' ? route.code : trimmed
}
