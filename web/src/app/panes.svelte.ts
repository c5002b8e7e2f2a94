const kept = 'beep.people'
/** Below this width people are a panel over the sheet. */
const peopleBesides = '(min-width: 1100px)'

let nav = $state(false)
let people = $state(read() !== 'hidden')
let drawer = $state(false)

function read(): string | null {
  try {
    return localStorage.getItem(kept)
  } catch {
    return null
  }
}

/** Which panes are open: the drawer of a phone, and the people beside or over the sheet. */
export const panes = {
  get nav() {
    return nav
  },
  set nav(open: boolean) {
    nav = open
  },
  get people() {
    return people
  },
  get peopleDrawer() {
    return drawer
  },
  togglePeople(): void {
    if (!matchMedia(peopleBesides).matches) {
      drawer = !drawer
      return
    }
    people = !people
    try {
      localStorage.setItem(kept, people ? 'shown' : 'hidden')
    } catch {
      // Without storage it holds until the page goes.
    }
  },
  closeDrawers(): void {
    nav = false
    drawer = false
  },
}
