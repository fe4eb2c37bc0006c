import { ApiError, type ApiErrorCode } from './api-error.ts'

export interface ErrorDescription {
  readonly title: string
  /** What the person can do, or what is safe. */
  readonly hint: string | undefined
  readonly requestId: string | undefined
  readonly canRetry: boolean
}

const sentences: Partial<Record<ApiErrorCode, { title: string; hint?: string }>> = {
  unreachable: {
    title: 'Could not reach the server',
    hint: 'Check your connection. What you see may be out of date.',
  },
  unavailable: {
    title: 'The server is busy or restarting',
    hint: 'It usually answers again within a minute.',
  },
  internal: {
    title: 'Something went wrong on the server',
    hint: 'Try again. If it stays, give the request id to whoever runs it.',
  },
  forbidden: {
    title: 'Your role does not allow this',
    hint: 'A manager of the space can change it.',
  },
  not_found: {
    title: 'There is nothing here',
    hint: 'It may have been deleted for good, or you may not have access.',
  },
  trashed: { title: 'This file is in the trash' },
  name_taken: { title: 'The folder already has an entry of this name' },
  invalid_name: { title: 'This name cannot be used' },
  too_large: { title: 'The file is too large' },
  not_text: { title: 'This works with text files only' },
  quota_exceeded: {
    title: 'The space is full',
    hint: 'Delete files, empty the trash, or ask an administrator for more room.',
  },
  too_many_uploads: {
    title: 'Too many uploads are under way',
    hint: 'Wait until some of them are done, then try again.',
  },
  storage_full: {
    title: 'The server has no room left',
    hint: 'Nothing was lost. Whoever runs the server must make room.',
  },
  rate_limited: { title: 'Too many requests', hint: 'Wait a moment, then try again.' },
}

/** What a person can change, and then try again. */
const retriedByHand: ReadonlySet<ApiErrorCode> = new Set(['unreachable', 'quota_exceeded'])

/** What happened and what to do, in words for a person. */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof ApiError)) {
    return {
      title: 'Something went wrong',
      hint: error instanceof Error ? error.message : undefined,
      requestId: undefined,
      canRetry: true,
    }
  }
  const known = sentences[error.code]
  return {
    title: known?.title ?? error.title,
    hint: error.detail ?? known?.hint,
    requestId: error.requestId,
    canRetry: error.retryable || retriedByHand.has(error.code),
  }
}

/** The same in one line, for a toast. */
export function errorLine(error: unknown): string {
  const { title, hint } = describeError(error)
  return hint === undefined ? title : `${title}. ${hint}`
}
