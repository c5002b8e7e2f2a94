import { isMac } from '@/ui/platform'
import Bold from '@lucide/svelte/icons/bold'
import AtSign from '@lucide/svelte/icons/at-sign'
import Code from '@lucide/svelte/icons/code'
import EyeOff from '@lucide/svelte/icons/eye-off'
import Italic from '@lucide/svelte/icons/italic'
import Link from '@lucide/svelte/icons/link'
import List from '@lucide/svelte/icons/list'
import SquareCode from '@lucide/svelte/icons/square-code'
import Strikethrough from '@lucide/svelte/icons/strikethrough'
import TextQuote from '@lucide/svelte/icons/text-quote'
import type { Component } from 'svelte'
import { t } from './texts'
import type { Format } from './wrap'

interface Shown {
  readonly kind: Format
  readonly icon: Component
  /** How it is typed, in the person's language. */
  readonly sample: () => string
  /** The letter of its shortcut, and whether Shift is part of it. */
  readonly key?: string
  readonly shift?: boolean
}

/** What one can write, in the order of the help. */
export const formats: readonly Shown[] = [
  { kind: 'bold', icon: Bold, sample: () => `**${t('sampleText')}**`, key: 'b' },
  { kind: 'italic', icon: Italic, sample: () => `*${t('sampleText')}*`, key: 'i' },
  { kind: 'strike', icon: Strikethrough, sample: () => `~~${t('sampleText')}~~`, key: 'x', shift: true },
  { kind: 'code', icon: Code, sample: () => `\`${t('sampleCode')}\``, key: 'e' },
  { kind: 'block', icon: SquareCode, sample: () => '```' + t('sampleCode') + '```' },
  { kind: 'quote', icon: TextQuote, sample: () => `> ${t('sampleLine')}` },
  { kind: 'list', icon: List, sample: () => `- ${t('sampleLine')}` },
  { kind: 'spoiler', icon: EyeOff, sample: () => `||${t('sampleText')}||` },
  { kind: 'link', icon: Link, sample: () => `[${t('sampleText')}](https://…)` },
  { kind: 'mention', icon: AtSign, sample: () => `@${t('sampleName')}` },
]

/** formatOf gives the format that a key stands for. */
export function formatOf(event: KeyboardEvent, mac = isMac()): Format | undefined {
  if (event.altKey || event.ctrlKey === mac || event.metaKey !== mac) return undefined
  const key = event.key.toLowerCase()
  return formats.find((one) => one.key === key && Boolean(one.shift) === event.shiftKey)?.kind
}

/** keysOf lists the keys of a format as they are shown, such as Ctrl and B. */
export const keysOf = ({ key, shift }: Pick<Shown, 'key' | 'shift'>, mac = isMac()): string[] =>
  key ? [mac ? '⌘' : 'Ctrl', ...(shift ? [mac ? '⇧' : t('shift')] : []), key.toUpperCase()] : []
