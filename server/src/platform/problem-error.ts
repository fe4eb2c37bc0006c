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
