import { sign } from 'node:crypto'
import { BlobStoreUnauthorizedError } from '../../blob-store-errors.ts'
import { readSmall } from '../remote/http-client.ts'
import type { HttpClient } from '../remote/http-client.ts'
import type { RemoteCall } from '../remote/remote-call.ts'
import { gcsFailure } from './gcs-errors.ts'

/** What of a service account's key file is needed. */
export interface GcsServiceAccount {
  readonly clientEmail: string
  /** PEM. */
  readonly privateKey: string
  readonly tokenUri: string
}

const scope = 'https://www.googleapis.com/auth/devstorage.read_write'
const assertionSeconds = 3_600
/** Asked for anew so long before a token ends that no request meets its end on the way. */
const marginMs = 60_000

/**
 * Signs in as a service account: a JWT signed by its key is exchanged for an access token, which is
 * kept until shortly before its end. https://developers.google.com/identity/protocols/oauth2/service-account
 */
export class GcsSignIn {
  readonly #account: GcsServiceAccount
  readonly #http: HttpClient
  #token: { readonly value: string; readonly endsAtMs: number } | undefined

  constructor(account: GcsServiceAccount, http: HttpClient) {
    this.#account = account
    this.#http = http
  }

  async accessToken(call: RemoteCall): Promise<string> {
    if (!this.#token || this.#token.endsAtMs < Date.now() + marginMs)
      this.#token = await this.#fetchToken(call)
    return this.#token.value
  }

  /** The service no longer takes the token. */
  forget(): void {
    this.#token = undefined
  }

  async #fetchToken(call: RemoteCall) {
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertion(this.#account),
    })
    const bytes = Buffer.from(form.toString())
    const answer = await this.#http.send(
      {
        method: 'POST',
        url: new URL(this.#account.tokenUri),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: { sizeBytes: bytes.byteLength, chunks: call.body('token', bytes) },
      },
      call,
    )
    const text = await readSmall(answer.body)
    if (answer.status === 400 || answer.status === 401)
      throw new BlobStoreUnauthorizedError('sign in', 'Google does not take this service account')
    if (answer.status !== 200) throw gcsFailure(answer.status, text)
    const { access_token: value, expires_in: seconds } = JSON.parse(text) as Record<string, unknown>
    if (typeof value !== 'string' || typeof seconds !== 'number')
      throw gcsFailure(answer.status, 'no token')
    return { value, endsAtMs: Date.now() + seconds * 1000 }
  }
}

function assertion({ clientEmail, privateKey, tokenUri }: GcsServiceAccount): string {
  const nowSeconds = Math.floor(Date.now() / 1000)
  const claims = {
    iss: clientEmail,
    scope,
    aud: tokenUri,
    iat: nowSeconds,
    exp: nowSeconds + assertionSeconds,
  }
  const signed = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(claims)}`
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
