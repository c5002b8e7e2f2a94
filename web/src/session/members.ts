import type { Rest } from '@/api/rest'
import { compareIds } from '@/model/ids'
import { compareNames } from '@/text/format'
import { explain } from '@/text/problems/explain'
import type { Member, PublicUser, ServerID, UserID } from '@contract/types.gen'
import { Cell } from './cell.svelte'

/** The largest page that the contract allows. */
const pageSize = 100

const byName = (a: Member, b: Member) =>
  compareNames(a.user.display_name, b.user.display_name) || compareIds(a.user.id, b.user.id)

/** The members of one server by name, loaded page by page and kept true by events. */
export class Members {
  readonly #server: ServerID
  readonly #rest: Rest
  readonly #met: (faces: readonly PublicUser[]) => void
  readonly #session: AbortSignal
  readonly #shown = new Cell<readonly Member[]>([])
  readonly #done = new Cell(false)
  readonly #problem = new Cell('')
  #loading: AbortController | undefined
  #cursor: string | undefined
  /** What came while loading, newer than the pages: null for who left. */
  readonly #heard = new Map<UserID, Member | null>()

  constructor(server: ServerID, rest: Rest, session: AbortSignal, met: (faces: readonly PublicUser[]) => void) {
    this.#server = server
    this.#rest = rest
    this.#session = session
    this.#met = met
  }

  get items(): readonly Member[] {
    return this.#shown.value
  }

  get complete(): boolean {
    return this.#done.value
  }

  get failed(): string {
    return this.#problem.value
  }

  /** Goes on loading where it stopped. */
  retry(): void {
    if (this.#loading || this.complete || this.#session.aborted) return
    void this.#load(this.items)
  }

  /** Loads all again; what is shown stays until then. */
  reload(): void {
    this.#loading?.abort()
    this.#cursor = undefined
    this.#heard.clear()
    void this.#load([], true)
  }

  /** Someone joined, or looks different. */
  put(member: Member): void {
    const known = this.items.find(({ user }) => user.id === member.user.id)
    if (known && known.version > member.version) return
    if (!this.complete) this.#heard.set(member.user.id, member)
    this.#shown.value = merge(without(this.items, new Set([member.user.id])), [member])
  }

  remove(user: UserID): void {
    if (!this.complete) this.#heard.set(user, null)
    this.#shown.value = without(this.items, new Set([user]))
  }

  close(): void {
    this.#loading?.abort()
  }

  /** With `whole` the list is replaced when its last page came, else it grows with every page. */
  async #load(start: readonly Member[], whole = false): Promise<void> {
    const underWay = (this.#loading = new AbortController())
    const signal = AbortSignal.any([underWay.signal, this.#session])
    let items = start
    this.#problem.value = ''
    this.#done.value = false
    try {
      do {
        const query = { limit: pageSize, cursor: this.#cursor }
        const page = await this.#rest('listMembers', { params: { server_id: this.#server }, query, signal })
        if (signal.aborted) return
        this.#met(page.items.map(({ user }) => user))
        this.#cursor = page.next ?? undefined
        items = this.#take(whole ? items : this.items, page.items)
        if (!whole || !this.#cursor) this.#shown.value = items
      } while (this.#cursor)
      this.#done.value = true
      this.#heard.clear()
    } catch (error) {
      if (signal.aborted) return
      if (whole) this.#cursor = undefined
      this.#problem.value = explain(error)
    }
    if (this.#loading === underWay) this.#loading = undefined
  }

  #take(items: readonly Member[], page: readonly Member[]): readonly Member[] {
    const news = page.map((member) => this.#newest(member)).filter((member) => member !== null)
    for (const member of this.#heard.values()) if (member && !news.includes(member)) news.push(member)
    return merge(without(items, new Set(news.map(({ user }) => user.id))), news.sort(byName))
  }

  #newest(member: Member): Member | null {
    const heard = this.#heard.get(member.user.id)
    return heard === undefined || (heard && heard.version < member.version) ? member : heard
  }
}

function without(items: readonly Member[], users: ReadonlySet<UserID>): readonly Member[] {
  return items.some(({ user }) => users.has(user.id)) ? items.filter(({ user }) => !users.has(user.id)) : items
}

/** Two sorted lists in one: sorting thousands again for every page would be slow. */
function merge(a: readonly Member[], b: readonly Member[]): readonly Member[] {
  const merged: Member[] = []
  let at = 0
  for (const member of b) {
    for (let next = a[at]; next && byName(next, member) <= 0; next = a[++at]) merged.push(next)
    merged.push(member)
  }
  return [...merged, ...a.slice(at)]
}
