import type { OAuthScope } from '@cloudsync/protocol'
import { CloudSyncError, NetworkError } from '../errors.ts'
import type { HttpClient } from '../http/http-client.ts'
import { OAuthError, sendOAuth, type OAuthTokens } from './oauth-requests.ts'
import { keepOAuthTokens } from './refresh-tokens.ts'
import type { StoredTokens } from './token-store.ts'

/** Each server knows it from the start: the public client of our own command line. */
export const commandLineClientId = 'cloudsync-cli'

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
/** Where the server names no interval (RFC 8628 §3.2), and what `slow_down` adds (§3.5). */
const intervalMs = 5_000

export interface DeviceSignInOptions {
  /** Default: `cloudsync-cli`. Others are registered by an administrator as `native` (docs/oauth.md). */
  readonly clientId?: string
  /** Default: all that files need. */
  readonly scopes?: readonly OAuthScope[]
  readonly signal?: AbortSignal
}

/** Show `userCode` and `verificationUrl` to the person, and wait. */
export interface DeviceSignIn {
  readonly userCode: string
  /** Where the person types the code, on any device. */
  readonly verificationUrl: string
  /** The same page with the code in it, for a link or a QR code. */
  readonly verificationUrlComplete: string | undefined
  /** Milliseconds since 1970: until when the code is good. */
  readonly expiresAt: number
  /**
   * Resolves when somebody has agreed. Rejects with an `OAuthError` `access_denied` when they refuse and `expired_token`
   * when the time is up.
   */
  wait(signal?: AbortSignal): Promise<StoredTokens>
}

interface DeviceAnswer {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete?: string
  readonly expires_in: number
  readonly interval?: number
}

/** Begins a sign-in by the device flow (RFC 8628): for programs without a browser. */
export async function beginDeviceSignIn(
  http: HttpClient,
  options: DeviceSignInOptions = {},
): Promise<DeviceSignIn> {
  const { clientId = commandLineClientId, signal } = options
  const scopes = options.scopes ?? ['openid', 'account:read', 'files:read', 'files:write']
  const askedAt = http.options.clock.now()
  const answer = await sendOAuth<DeviceAnswer>(http, {
    path: '/oauth/device',
    fields: { client_id: clientId, scope: scopes.join(' ') },
    repetition: 'freely',
    signal,
  })
  const expiresAt = askedAt + answer.expires_in * 1000
  return {
    userCode: answer.user_code,
    verificationUrl: answer.verification_uri,
    verificationUrlComplete: answer.verification_uri_complete,
    expiresAt,
    wait: (waitSignal) => poll(http, { answer, clientId, expiresAt, signal: waitSignal }),
  }
}

async function poll(
  http: HttpClient,
  options: {
    readonly answer: DeviceAnswer
    readonly clientId: string
    readonly expiresAt: number
    readonly signal: AbortSignal | undefined
  },
): Promise<StoredTokens> {
  const { answer, clientId, expiresAt, signal } = options
  const { clock } = http.options
  let waitMs = answer.interval === undefined ? intervalMs : answer.interval * 1000
  const fields = { grant_type: deviceGrant, client_id: clientId, device_code: answer.device_code }
  for (;;) {
    await clock.delay(waitMs, signal)
    signal?.throwIfAborted()
    const askedAt = clock.now()
    try {
      const path = '/oauth/token'
      // Once: an answer that got lost has used the code up.
      const request = { path, fields, repetition: 'unless_done', signal } as const
      const tokens = await sendOAuth<OAuthTokens>(http, request)
      return keepOAuthTokens(tokens, { clientId, askedAt, refreshToken: '' })
    } catch (error) {
      // A server may have forgotten a code by then, and knows nothing of it.
      const isUnknown = error instanceof CloudSyncError && error.code === 'not_signed_in'
      const isTooLate = askedAt > expiresAt && (isPending(error) || isUnknown)
      if (isTooLate) throw new OAuthError('expired_token', 'Nobody has agreed in time')
      if (error instanceof OAuthError && error.code === 'slow_down') waitMs += intervalMs
      else if (!isPending(error)) throw error
    }
  }
}

function isPending(error: unknown): boolean {
  if (error instanceof OAuthError) return error.code === 'authorization_pending'
  return error instanceof NetworkError || (error instanceof CloudSyncError && error.retryable)
}
