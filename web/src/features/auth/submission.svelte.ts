import { explain } from '@/ui/problems'
import { tick } from 'svelte'
import { fieldErrors } from './field_errors'
import { t } from './texts'

const isEmpty = (field: object | null) => field !== null && 'value' in field && field.value === ''

/** One form on its way to the node, and what came back. */
export class Submission {
  /** While true nothing is sent again. */
  busy = $state(false)
  /** What is wrong, by the name of the field. */
  errors = $state.raw<Record<string, string>>({})
  /** What is wrong with the whole; "" when all of it stands at a field. */
  message = $state('')
  /** What was thrown last. */
  problem = $state.raw<unknown>()

  /** The person has changed a field, so what was said of it no longer holds. */
  clear(field: string): void {
    this.errors = { ...this.errors, [field]: '' }
  }

  /** Sends the form once. When the node refuses, the reasons stand at their fields and the first of them has the focus. */
  async send(form: HTMLFormElement, act: () => Promise<void>): Promise<void> {
    if (this.busy) return
    this.busy = true
    this.message = ''
    try {
      await act()
      this.errors = {}
      this.problem = undefined
    } catch (error) {
      await this.tell(error, form)
      form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
    } finally {
      this.busy = false
    }
  }

  private async tell(error: unknown, form: HTMLFormElement): Promise<void> {
    this.problem = error
    const errors = fieldErrors(error)
    for (const name of Object.keys(errors)) if (isEmpty(form.elements.namedItem(name))) errors[name] = t('missing')
    this.errors = errors
    await tick()
    const names = Object.keys(errors)
    const shown = names.length > 0 && names.every((name) => form.elements.namedItem(name) !== null)
    this.message = shown ? '' : explain(error)
  }
}
