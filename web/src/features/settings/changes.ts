/** The values of a form, by the names of its fields. */
export type Values = Readonly<Record<string, string>>

/** changes gives the edited fields that are not as they were saved. The node trims what it is given, so a space at the end is no change. */
export function changes<T extends Values>(saved: T, edits: Partial<T>): Partial<T> {
  const changed: Partial<T> = {}
  for (const [name, value] of entries(edits)) {
    const sent = value?.trim()
    if (sent !== undefined && sent !== saved[name]) changed[name] = sent as T[typeof name]
  }
  return changed
}

/** unsent gives the edits that are not what was sent: those made while it was on its way. */
export function unsent<T extends Values>(edits: Partial<T>, sent: Partial<T>): Partial<T> {
  return Object.fromEntries(entries(edits).filter(([name, value]) => value?.trim() !== sent[name])) as Partial<T>
}

const entries = <T extends Values>(values: Partial<T>) => Object.entries(values) as [keyof T, string | undefined][]
