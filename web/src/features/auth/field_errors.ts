import { Problem, type ProblemCode } from '@/api/problem'
import { explain } from '@/ui/problems'
import { shortestPassword } from '@/ui/strength'
import { t } from './texts'

/** Codes that are about one field without naming it. */
const about: Partial<Record<ProblemCode, string>> = {
  username_taken: 'username',
  email_taken: 'email',
  password_too_common: 'password',
  password_is_identity: 'password',
  registration_needs_invite: 'invite',
  invite_invalid: 'invite',
  invite_used_up: 'invite',
  invite_expired: 'invite',
}

/** Where the form can say more than the node, which knows no field by its meaning. */
const own: Record<string, () => string> = {
  'username.bad_format': () => t('usernameForm'),
  'email.bad_format': () => t('emailForm'),
  'email.too_short': () => t('emailForm'),
  'password.too_short': () => t('passwordForm', { n: shortestPassword }),
}

/** What is wrong, by field; one text each. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof Problem)) return {}
  const found: Record<string, string> = {}
  for (const { pointer, code, detail } of error.fields) {
    const field = pointer.slice(1)
    found[field] ??= own[`${field}.${code}`]?.() ?? detail
  }
  const field = about[error.code]
  if (field) found[field] ??= explain(error)
  return found
}
