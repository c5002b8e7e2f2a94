import type { Edit } from './completion'

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
