import { list } from '@/text/format'
import type { Field, ListField } from './fields'
import { say, t } from './texts'
import { blank, linesIn, memberOf, valueOf, type Typed, type TypedList } from './typed'

/** So many entries of a list of words are named in a summary. */
const mostEntries = 4
const mostParts = 2
/** A value is shown beside another up to this length. */
const mostCharacters = 300

/** summary tells in one line what an item of a list is about: what was typed first, then what was chosen. */
export function summary(field: Field, typed: Typed | undefined): string {
  if (field.kind !== 'group' || typed === undefined) return brief(field, typed)
  const told = (kinds: readonly string[]) =>
    field.members
      .filter(({ kind }) => kinds.includes(kind))
      .map((member) => brief(member, memberOf(typed, member) ?? blank(member)))
  const parts = [...told(['lines', 'text', 'number']).slice(0, 1), ...told(['choice']).slice(-1)]
  return parts.filter(Boolean).slice(0, mostParts).join(' · ')
}

function brief(field: Field, typed: Typed | undefined): string {
  if (field.kind === 'lines') {
    const entries = linesIn(String(typed ?? ''), field.of).map(({ entry }) => entry)
    return entries.length > mostEntries ? entries.slice(0, mostEntries).join(', ') + '…' : list(entries)
  }
  if (field.kind === 'choice') return say(field.options.find(({ value }) => value === typed)?.label)
  return typeof typed === 'string' ? typed : ''
}

/** A value as one line of words, to hold it against another; cut where it is long. */
export function shownAs(field: Field, typed: Typed | undefined): string {
  if (typed === undefined) return ''
  const text = field.kind === 'list' ? listed(field, typed as TypedList) : brief(field, typed) || bare(field, typed)
  return [...text].length > mostCharacters ? [...text].slice(0, mostCharacters).join('') + '…' : text
}

const listed = (field: ListField, { items }: TypedList) => items.map((item) => summary(field.item, item.typed)).join('\n')

const bare = (field: Field, typed: Typed) => {
  if (field.kind === 'switch') return t(typed === true ? 'on' : 'off')
  return field.kind === 'channels'
    ? t('entries', { n: (typed as readonly string[]).length })
    : JSON.stringify(valueOf(field, typed))
}
