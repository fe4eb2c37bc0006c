import type { ErrorCode } from '@cloudsync/protocol'

export interface ProblemErrorOptions {
  /** What is special to this occurrence; shown to the caller. */
  readonly detail?: string
  /** Extension members of the problem document. */
  readonly extensions?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** A failure that the caller is told about, by a code of the catalogue. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: ErrorCode
  readonly extensions: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ErrorCode, options: ProblemErrorOptions = {}) {
    super(options.detail ?? code, { cause: options.cause })
    this.code = code
    this.extensions = options.extensions ?? {}
    this.headers = options.headers ?? {}
    this.detail = options.detail
  }

  readonly detail: string | undefined
}

/** What work gives, or the problem that it throws: for one of many whose problem stops no other. */
export async function refusable<Result>(
  work: () => Result | Promise<Result>,
): Promise<Result | ProblemError> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ProblemError) return error
    throw error
  }
}
