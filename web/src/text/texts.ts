import { locale, type Locale } from './locale.svelte'

/** A text that depends on the number `n`: one form a plural category of the language; `other` stands in for missing ones. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }
export type Entry = string | Plural
export type Params = Record<string, string | number>

/** A piece of a text: words, or the place of a parameter that a component fills with markup of its own. */
export type Part = { text: string } | { slot: string }

export interface Texts<Key extends string> {
  /** The text in the current language, parameters filled in. Numbers are written as the language does. */
  (key: Key, params?: Params): string
  /** The text with the parameters of `params` filled in and every other one left as a slot. */
  parts(key: Key, params?: Params): Part[]
}

type Catalogue = Record<Locale, Record<string, Entry>>

/** Every catalogue that was made, by its name: for the test that compares the languages. */
export const catalogues = new Map<string, Catalogue>()

const placeholder = /\{(\w+)\}/g

/** texts makes the texts of one feature. French has the keys of English, or it does not compile. */
export function texts<En extends Record<string, Entry>>(
  name: string,
  all: { en: En; fr: { [K in keyof En]: Entry } },
): Texts<keyof En & string> {
  catalogues.set(name, all as Catalogue)
  const parts = (key: keyof En & string, params: Params = {}): Part[] => {
    const out: Part[] = []
    const text = form(all[locale.current][key] as Entry, params)
    let from = 0
    for (const found of text.matchAll(placeholder)) {
      const slot = found[1] as string
      if (found.index > from) out.push({ text: text.slice(from, found.index) })
      out.push(slot in params ? { text: show(params[slot] as string | number) } : { slot })
      from = found.index + found[0].length
    }
    if (from < text.length) out.push({ text: text.slice(from) })
    return out
  }
  const whole = (key: keyof En & string, params?: Params) =>
    parts(key, params)
      .map((part) => ('text' in part ? part.text : `{${part.slot}}`))
      .join('')
  return Object.assign(whole, { parts })
}

function form(entry: Entry, params: Params): string {
  if (typeof entry === 'string') return entry
  const rule = new Intl.PluralRules(locale.current).select(Number(params.n))
  return entry[rule] ?? entry.other
}

function show(value: string | number): string {
  return typeof value === 'number' ? new Intl.NumberFormat(locale.current).format(value) : value
}
