import CircleEllipsis from '@lucide/svelte/icons/circle-ellipsis'
import MessageSquareText from '@lucide/svelte/icons/message-square-text'
import Phone from '@lucide/svelte/icons/phone'
import Pin from '@lucide/svelte/icons/pin'
import User from '@lucide/svelte/icons/user'

const icons = {
  member_joined: User,
  message_pinned: Pin,
  thread_created: MessageSquareText,
  call_started: Phone,
  unknown_event: CircleEllipsis,
}

/** The icon of what happened, and the key of its text. A newer node may tell of things that this page does not know. */
export function happening(type: string) {
  const key = Object.hasOwn(icons, type) ? (type as keyof typeof icons) : 'unknown_event'
  return { key, Icon: icons[key] }
}
