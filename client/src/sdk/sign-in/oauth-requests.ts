import { CloudSyncError, NetworkError } from '../errors.ts'
import type { HttpClient } from '../http/http-client.ts'
import { readJson } from '../http/http-client.ts'
import type { Repetition } from '../http/retry-delay.ts'
import { contentBody } from '../http/request-body.ts'

/** What the OAuth provider refuses with (RFC 6749 §5.2, RFC 8628 §3.5). */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: string

  constructor(code: string, description: string | undefined) {
    super(description === undefined ? code : `${code}: ${description}`)
    this.code = code
  }
}

export interface OAuthRequest {
  readonly path: string
  readonly fields: Readonly<Record<string, string>>
  readonly repetition: Repetition
  readonly signal: AbortSignal | undefined
  readonly timeoutMs?: number
}

/** Sends a form to an endpoint of the provider. Throws an `OAuthError`, beside what requests throw. */
export function sendOAuth<T extends object>(http: HttpClient, request: OAuthRequest): Promise<T> {
  const form = new URLSearchParams(request.fields).toString()
  return http.send({
    method: 'POST',
    path: request.path,
    body: contentBody(form, 'application/x-www-form-urlencoded'),
    repetition: request.repetition,
    signal: request.signal,
    timeoutMs: request.timeoutMs,
    expected: [400, 401],
    read: async (answer) => {
      const body = await readJson<T | OAuthFailure>(answer)
      if (answer.ok) return body as T
      throw failureOf(answer.status, body as OAuthFailure)
    },
  })
}

interface OAuthFailure {
  readonly error?: string
  readonly error_description?: string
}

function failureOf(status: number, { error, error_description: description }: OAuthFailure) {
  if (error === undefined) return new NetworkError('broken_off', 'The answer is none of OAuth')
  if (error === 'invalid_grant')
    return new CloudSyncError('not_signed_in', {
      status: 401,
      title: 'The sign-in is over',
      detail: description,
    })
  return new OAuthError(error, description ?? `status ${status}`)
}

export interface OAuthTokens {
  readonly access_token: string
  readonly expires_in: number
  readonly refresh_token?: string
}
