import { locale } from './locale.svelte'

const made = new Map<string, Intl.DateTimeFormat>()

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale.tag + JSON.stringify(options)
  let found = made.get(key)
  if (!found) made.set(key, (found = new Intl.DateTimeFormat(locale.tag, options)))
  return found
}

const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()

/** Whole days of the calendar here from `date` to `now`: 0 is today, 1 yesterday. */
export function daysAgo(date: Date, now = new Date()): number {
  return Math.round((midnight(now) - midnight(date)) / 86_400_000)
}

/** 09:14, or 9:14 AM where people write it so. */
export const clock = (date: Date) => format({ timeStyle: 'short' }).format(date)

/** Friday 14 March 2025 at 09:14, for titles and screen readers. */
export const moment = (date: Date) => format({ dateStyle: 'full', timeStyle: 'short' }).format(date)

/** 14 March 2025 */
export const day = (date: Date) => format({ dateStyle: 'long' }).format(date)

/** 14 Mar 2025 */
export const shortDay = (date: Date) => format({ dateStyle: 'medium' }).format(date)

/** Saturday 14 March; with the year when it is not this one. */
export function weekday(date: Date, now = new Date()): string {
  const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric'
  return format({ weekday: 'long', day: 'numeric', month: 'long', year }).format(date)
}

/** today, yesterday: in the language's own words. */
export const relativeDay = (ago: number) => new Intl.RelativeTimeFormat(locale.current, { numeric: 'auto' }).format(-ago, 'day')

const spans: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** 3 hours ago, in 2 days. */
export function relative(date: Date, now = new Date()): string {
  const seconds = (date.getTime() - now.getTime()) / 1000
  const [unit, size] = spans.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', 1] as const)
  return new Intl.RelativeTimeFormat(locale.current, { numeric: 'auto' }).format(Math.trunc(seconds / size), unit)
}

/** 1,576 */
export const number = (n: number) => new Intl.NumberFormat(locale.tag).format(n)

/** Ada, Bob and Chloé */
export const list = (items: string[]) => new Intl.ListFormat(locale.current, { type: 'conjunction' }).format(items)

/** Orders names as people of this language expect. */
export const compareNames = (a: string, b: string) => collator().compare(a, b)

let collators: { locale: string; collator: Intl.Collator } | undefined

function collator(): Intl.Collator {
  if (collators?.locale !== locale.current)
    collators = { locale: locale.current, collator: new Intl.Collator(locale.current, { sensitivity: 'base', numeric: true }) }
  return collators.collator
}
