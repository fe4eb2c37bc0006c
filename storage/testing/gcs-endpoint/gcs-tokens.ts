import { randomUUID, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { GcsServiceAccount } from '../../src/adapters/gcs/gcs-credentials.ts'
import { json } from './gcs-answer.ts'
import type { GcsAnswer, GcsRequest } from './gcs-answer.ts'

/** The sign-in of one service account. */
export class GcsTokens {
  readonly account: GcsServiceAccount
  readonly publicKey: KeyObject
  readonly #tokens = new Set<string>()
  granted = 0

  constructor(account: GcsServiceAccount, publicKey: KeyObject) {
    this.account = account
    this.publicKey = publicKey
  }

  grant({ body }: GcsRequest): GcsAnswer {
    const form = new URLSearchParams(body.toString())
    const granted = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer'
    if (!granted || !this.#isValid(form.get('assertion') ?? ''))
      return json(400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' })
    const token = randomUUID()
    this.#tokens.add(token)
    this.granted++
    return json(200, { access_token: token, expires_in: 3_599, token_type: 'Bearer' })
  }

  admits(authorization: string | undefined): boolean {
    return this.#tokens.has(authorization?.replace(/^Bearer /, '') ?? '')
  }

  revoke(): void {
    this.#tokens.clear()
  }

  #isValid(assertion: string): boolean {
    const [header = '', payload = '', signature = ''] = assertion.split('.')
    const signed = Buffer.from(`${header}.${payload}`)
    if (!verify('RSA-SHA256', signed, this.publicKey, Buffer.from(signature, 'base64url')))
      return false
    const { alg } = parse(header)
    const { iss, aud, scope, iat, exp } = parse(payload)
    const now = Date.now() / 1000
    return (
      alg === 'RS256' &&
      iss === this.account.clientEmail &&
      aud === this.account.tokenUri &&
      String(scope).includes('devstorage') &&
      Number(iat) <= now + 60 &&
      Number(exp) > now &&
      Number(exp) <= Number(iat) + 3_600
    )
  }
}

function parse(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
}
