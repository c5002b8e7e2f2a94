import Copy from '@lucide/svelte/icons/copy'
import Link from '@lucide/svelte/icons/link'
import Pencil from '@lucide/svelte/icons/pencil'
import Reply from '@lucide/svelte/icons/reply'
import Trash from '@lucide/svelte/icons/trash'
import { can, canDelete, canEdit } from '@/model/permissions'
import type { ServerState } from '@/model/types'
import { copyText } from '@/ui/clipboard'
import type { MenuItem } from '@/ui/menu'
import { toast } from '@/ui/toasts.svelte'
import type { Message, UserID } from '@contract/types.gen'
import type { Desk } from './desk'
import { t } from './texts'

/** What may be done with a message, as its menu offers it. */
export function menuItems(message: Message, server: ServerState, me: UserID, desk: Desk): MenuItem[] {
  const items: MenuItem[] = []
  if (can(server, 'send_messages')) items.push({ label: t('reply'), icon: Reply, hint: 'R', run: () => desk.reply(message) })
  if (canEdit(server, message, me)) items.push({ label: t('edit'), icon: Pencil, hint: 'E', run: () => desk.edit(message) })
  if (items.length > 0) items.push('divider')
  items.push({ label: t('copy_text'), icon: Copy, run: () => void copy(desk.textOf(message), t('text_copied')) })
  items.push({ label: t('copy_link'), icon: Link, run: () => desk.copyLink(message) })
  if (canDelete(server, message, me)) {
    items.push('divider', {
      label: t('delete'),
      icon: Trash,
      hint: t('key_delete'),
      danger: true,
      run: () => desk.askDelete(message),
    })
  }
  return items
}

/** Copies a text and says so. */
export async function copy(text: string, done: string): Promise<void> {
  const copied = await copyText(text)
  toast(copied ? { text: done, kind: 'ok' } : { text: t('copy_failed'), kind: 'bad' })
}
