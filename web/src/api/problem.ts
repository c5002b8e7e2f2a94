import { errors } from '@contract/errors.gen'
import type { FieldProblem, Problem as Body } from '@contract/types.gen'

/** A code of the catalogue, or why no answer came: the node is out of reach, or took too long. */
export type ProblemCode = keyof typeof errors | 'unreachable' | 'timeout' | 'unknown'

/** An answer that was no success, or none at all. `message` is for people, in the language that was asked for. */
export class Problem extends Error {
  readonly code: ProblemCode
  /** 0: no answer. */
  readonly status: number
  /** Every field that needs another look. */
  readonly fields: readonly FieldProblem[]
  /** The name of the request in the node's log. */
  readonly request: string
  /** How long to wait before asking again; undefined where the node did not say. */
  readonly retryAfterMs: number | undefined
  /** The same request may succeed later. */
  readonly retryable: boolean

  constructor(code: ProblemCode, status: number, body?: Partial<Body>, retryAfterMs?: number) {
    super(body?.detail || body?.title || code)
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.fields = body?.errors ?? []
    this.request = body?.instance ?? ''
    this.retryAfterMs = retryAfterMs
    this.retryable = isCode(code) ? errors[code].retryable : status === 0 || status >= 500
  }

  /** What is wrong with one field, "" where nothing is: pointer "/email" or name "email". */
  field(name: string): FieldProblem | undefined {
    return this.fields.find((problem) => problem.pointer === '/' + name)
  }
}

function isCode(code: unknown): code is keyof typeof errors {
  return typeof code === 'string' && Object.hasOwn(errors, code)
}

/** fromAnswer reads a refusal; whatever came, it is a Problem afterwards. */
export async function fromAnswer(answer: Response): Promise<Problem> {
  const body: Partial<Body> = (await answer.json().catch(() => null)) ?? {}
  const code: ProblemCode = isCode(body.code) ? body.code : 'unknown'
  const told = Number(body.params?.retry_after_ms)
  const seconds = Number(answer.headers.get('Retry-After'))
  const retryAfterMs = told > 0 ? told : seconds > 0 ? seconds * 1000 : undefined
  return new Problem(code, answer.status, body, retryAfterMs)
}
