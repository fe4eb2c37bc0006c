import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Lie {
  /** In place of what would be true. */
  readonly claims?: JWTPayload
  readonly algorithm?: 'ES256' | 'none'
  /** Whether the token is signed with a key that the issuer does not publish. */
  readonly isForged?: boolean
  readonly hasNoIdToken?: boolean
  /** Of all its answers. */
  readonly status?: number
}

type Keys = Awaited<ReturnType<typeof makeKeys>>

/** An OpenID provider that answers as it is told to, right or wrong. */
export class HostileIssuer implements AsyncDisposable {
  readonly url: string
  /** Where it says that it is: elsewhere, when something stands before it. */
  publicUrl: string
  /** What it does wrong. */
  lie: Lie = {}
  readonly #stop: () => void
  readonly #keys: Keys
  #nonce = ''

  private constructor(url: string, keys: Keys, stop: () => void) {
    this.url = url
    this.publicUrl = url
    this.#keys = keys
    this.#stop = stop
  }

  static async start(): Promise<HostileIssuer> {
    const http = createServer((request, response) => void issuer.#answer(request, response))
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    const issuer = new HostileIssuer(url, await makeKeys(), () => {
      http.closeAllConnections()
      http.close()
    })
    return issuer
  }

  /** Where the browser is sent back to, with a code; the nonce is remembered. */
  approve(authorizationUrl: URL, changes: Record<string, string> = {}): URL {
    const { searchParams } = authorizationUrl
    this.#nonce = searchParams.get('nonce') ?? ''
    const back = new URL(searchParams.get('redirect_uri') ?? '')
    const state = searchParams.get('state') ?? ''
    const answer = { code: 'a-code', state, iss: this.publicUrl, ...changes }
    for (const [name, value] of Object.entries(answer)) back.searchParams.set(name, value)
    return back
  }

  async #answer({ url }: IncomingMessage, response: ServerResponse): Promise<void> {
    response.statusCode = this.lie.status ?? 200
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(await this.#bodyOf(url ?? '')))
  }

  async #bodyOf(path: string): Promise<object> {
    if (path === '/jwks') return { keys: [this.#keys.jwk] }
    if (path !== '/token')
      return {
        issuer: this.publicUrl,
        authorization_endpoint: `${this.publicUrl}/authorize`,
        token_endpoint: `${this.publicUrl}/token`,
        jwks_uri: `${this.publicUrl}/jwks`,
        id_token_signing_alg_values_supported: ['ES256'],
        authorization_response_iss_parameter_supported: true,
      }
    const idToken = this.lie.hasNoIdToken === true ? {} : { id_token: await this.#idToken() }
    return { access_token: 'an-access-token', token_type: 'bearer', ...idToken }
  }

  #idToken(): string | Promise<string> {
    const { claims, algorithm = 'ES256', isForged = false } = this.lie
    const payload = {
      iss: this.publicUrl,
      aud: 'cloudsync',
      sub: 'somebody',
      nonce: this.#nonce,
      email: 'somebody@example.org',
      email_verified: true,
      name: 'Some Body',
      ...claims,
    }
    if (algorithm === 'none')
      return new UnsecuredJWT(payload).setIssuedAt().setExpirationTime('5 minutes').encode()
    return new SignJWT(payload)
      .setProtectedHeader({ alg: algorithm, kid: 'key' })
      .setIssuedAt()
      .setExpirationTime(claims?.exp ?? '5 minutes')
      .sign(isForged ? this.#keys.forged : this.#keys.signing)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop()
  }
}

async function makeKeys() {
  const signing = await generateKeyPair('ES256', { extractable: true })
  const forged = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(signing.publicKey)), kid: 'key', alg: 'ES256', use: 'sig' }
  return { jwk, signing: signing.privateKey, forged: forged.privateKey }
}
