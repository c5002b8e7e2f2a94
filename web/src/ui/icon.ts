import type { Component } from 'svelte'

/** An icon of @lucide/svelte, imported by its own path. Class `i` gives it size and stroke. */
export type Icon = Component<{ class?: string; 'aria-hidden'?: 'true' }>
