/** What a key means in the log. */
export type KeyCommand = 'up' | 'down' | 'first' | 'last' | 'leave' | 'menu' | 'reply' | 'edit' | 'delete'

const anywhere: Record<string, KeyCommand> = { ArrowUp: 'up', ArrowDown: 'down', Escape: 'leave' }
const onMessage: Record<string, KeyCommand> = {
  ...anywhere,
  Home: 'first',
  End: 'last',
  Enter: 'menu',
  m: 'menu',
  ContextMenu: 'menu',
  r: 'reply',
  e: 'edit',
  Delete: 'delete',
}

/** keyCommand reads a key. With the focus on a link or button of a message, only walking and leaving are ours; in a field, nothing is. */
export function keyCommand(event: KeyboardEvent): KeyCommand | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return undefined
  if (event.target.closest('textarea, input, select, pre, .wide-table')) return undefined
  const control = event.target.closest('button, a') !== null
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  return (control ? anywhere : onMessage)[key]
}
