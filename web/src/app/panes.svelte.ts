import { keep, kept } from '@/text/kept'
import { MediaQuery } from 'svelte/reactivity'

const key = 'beep.people'
/** Narrower, and people are a panel over the sheet. */
const besides = new MediaQuery('min-width: 1100px')

let nav = $state(false)
let people = $state(kept(key) !== 'hidden')
let drawer = $state(false)

/** Which panes are open: the drawer of a phone, and the people beside or over the sheet. */
export const panes = {
  get nav() {
    return nav
  },
  set nav(open: boolean) {
    nav = open
  },
  /** Whether people are shown: beside the sheet, or over it. */
  get people() {
    return besides.current ? people : drawer
  },
  get peopleDrawer() {
    return drawer && !besides.current
  },
  togglePeople(): void {
    if (!besides.current) {
      drawer = !drawer
      return
    }
    people = !people
    keep(key, people ? 'shown' : 'hidden')
  },
  closeDrawers(): void {
    nav = false
    drawer = false
  },
}
