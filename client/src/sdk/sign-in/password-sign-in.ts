import type { SecondFactorRequired, Tokens } from '@cloudsync/protocol'
import { isCloudSyncError, type CloudSyncError } from '../errors.ts'
import { Api } from '../http/api.ts'
import type { HttpClient } from '../http/http-client.ts'
import { keepTokens } from './refresh-tokens.ts'
import type { StoredTokens } from './token-store.ts'

export interface PasswordCredentials {
  readonly email: string
  readonly password: string
  /** Asked for a code of the authenticator app, or a recovery code, where the account has a second factor. */
  readonly secondFactor?: (required: SecondFactorRequired) => Promise<string>
}

/**
 * Throws `wrong_credentials`; `second_factor_required` where nobody can be asked, and `wrong_code`. Each call begins
 * another session.
 */
export async function signInByPassword(
  http: HttpClient,
  { email, password, secondFactor }: PasswordCredentials,
  signal?: AbortSignal,
): Promise<StoredTokens> {
  const api = new Api(http)
  const askedAt = http.options.clock.now()
  try {
    const tokens = await api.once<Tokens>('POST', '/auth/sign-in', { email, password }, { signal })
    return keepTokens(tokens, askedAt)
  } catch (error) {
    if (!isCloudSyncError(error, 'second_factor_required') || !secondFactor) throw error
    const required = readRequired(error)
    const code = await secondFactor(required)
    const { challenge } = required
    const proof = { challenge, code }
    const provenAt = http.options.clock.now()
    const tokens = await api.once<Tokens>('POST', '/auth/second-factor', proof, { signal })
    return keepTokens(tokens, provenAt)
  }
}

function readRequired({ members }: CloudSyncError): SecondFactorRequired {
  const { challenge, expiresInSeconds, methods } = members
  return {
    challenge: String(challenge),
    expiresInSeconds: Number(expiresInSeconds),
    methods: Array.isArray(methods) ? (methods as SecondFactorRequired['methods']) : [],
  }
}
