import { address, parse, type Route } from './route'

let current = $state.raw<Route>(here())

function here(): Route {
  return typeof location === 'undefined' ? { name: 'home' } : parse(location.pathname, location.hash)
}

/** Where the client is. Reading `router.route` in a component follows it. */
export const router = {
  get route(): Route {
    return current
  },
  /** Goes to a place; with `replace`, it takes the place of where one is in the browser's history. */
  go(to: Route, options: { replace?: boolean } = {}): void {
    const url = address(to)
    if (options.replace) history.replaceState(null, '', url)
    else if (url !== location.pathname + location.hash) history.pushState(null, '', url)
    current = to
  },
  /** Follows the browser's buttons and plain clicks on links of this client; gives a function that stops it. */
  start(): () => void {
    const moved = () => (current = here())
    addEventListener('popstate', moved)
    addEventListener('hashchange', moved)
    document.addEventListener('click', follow)
    moved()
    return () => {
      removeEventListener('popstate', moved)
      removeEventListener('hashchange', moved)
      document.removeEventListener('click', follow)
    }
  },
}

function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || link.origin !== location.origin || link.target === '_blank' || link.hasAttribute('download')) return
  if (link.getAttribute('href')?.startsWith('#')) return // a part of this page
  const to = parse(link.pathname, link.hash)
  if (to.name === 'nowhere') return
  event.preventDefault()
  router.go(to)
}
