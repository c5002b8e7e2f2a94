type Key = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey'>

/** Whether an input method took the key. 229 stands for it in browsers that end the composition before the key. */
export const composing = (event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>) => event.isComposing || event.keyCode === 229

/** Enter sends; where one types on glass it makes a new line, and a button sends. */
export function sends(event: Key, glass = matchMedia('(pointer: coarse)').matches): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey) return false
  return event.ctrlKey || event.metaKey || !glass
}
