import { z } from 'zod'
import { errorCodes, type ErrorCode } from './error-codes.ts'

/** An RFC 9457 problem. `code` is the stable name, `type` its page. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  requestId: z.string().optional(),
  retryable: z.boolean(),
  /** For `bad_request`: what is wrong, by place. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof problemSchema>

export const problemMediaType = 'application/problem+json'

export interface ProblemOptions {
  readonly detail?: string | undefined
  readonly requestId?: string | undefined
  readonly extensions?: Readonly<Record<string, unknown>> | undefined
}

/** The problem document of `code`; extension members never overwrite the standard ones. */
export function makeProblem(code: ErrorCode, options: ProblemOptions = {}): Problem {
  const { status, title, retryable } = errorCodes[code]
  return {
    ...options.extensions,
    type: `/problems/${code}`,
    title,
    status,
    code,
    retryable,
    ...(options.detail === undefined ? {} : { detail: options.detail }),
    ...(options.requestId === undefined ? {} : { requestId: options.requestId }),
  }
}
