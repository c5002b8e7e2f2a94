import { clean } from './clean'

/** A change of the text: what lies in [from, to) gives way to `insert`; [start, end) is selected afterwards. */
export interface Edit {
  readonly from: number
  readonly to: number
  readonly insert: string
  readonly start: number
  readonly end: number
}

/** apply makes an edit as if it had been typed, so that the browser's own undo takes it back. */
export function apply(area: HTMLTextAreaElement, edit: Edit): void {
  area.focus()
  area.setSelectionRange(edit.from, edit.to)
  if (!typed(edit)) {
    area.setRangeText(edit.insert, edit.from, edit.to, 'end')
    area.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText', data: edit.insert }))
  }
  area.setSelectionRange(edit.start, edit.end)
}

// No other way to write into a field keeps its undo history, in any browser.
const typed = ({ from, to, insert }: Edit) =>
  insert === '' ? from === to || document.execCommand('delete') : document.execCommand('insertText', false, insert)

/** fit lets a field grow with its text where style sheets alone cannot (field-sizing). */
export function fit(area: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return
  area.style.height = 'auto'
  area.style.height = `${area.scrollHeight}px`
}

/** paste takes what is pasted into a field without what is not fit to write. */
export function paste(event: ClipboardEvent & { readonly currentTarget: HTMLTextAreaElement }): void {
  const area = event.currentTarget
  const pasted = event.clipboardData?.getData('text/plain') ?? ''
  const neat = clean(pasted)
  // The browser pastes what needs no cleaning better than a script can.
  if (neat === pasted.replace(/\r\n?/g, '\n')) return
  event.preventDefault()
  const at = area.selectionStart + neat.length
  apply(area, { from: area.selectionStart, to: area.selectionEnd, insert: neat, start: at, end: at })
}
