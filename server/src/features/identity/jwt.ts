import { errors, jwtVerify, SignJWT, type JWTPayload } from 'jose'
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '#platform/clock.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { longestTokenSeconds, signingAlgorithm } from './signing-key-rotation.ts'
import type { SigningKeys } from './signing-keys.ts'

/** How far the clocks of two of our servers may differ. */
export const clockToleranceSeconds = 30

export interface JwtUse {
  /** Who the token is for; a token for one audience is worth nothing to another. */
  readonly audience: string
  /** The media type in the header, which tells an access token from anything else (RFC 9068 §2.1). */
  readonly typ: string
}

export interface JwtOptions {
  readonly keys: SigningKeys
  readonly issuer: string
  /** As whom our OpenID provider signs, with the same keys. */
  readonly providerIssuer?: () => string
  readonly clock: Clock
}

/** Signs and verifies the installation's own JSON web tokens. */
export class Jwt {
  readonly #keys: SigningKeys
  readonly #issuer: string
  readonly #providerIssuer: (() => string) | undefined
  readonly #clock: Clock

  constructor(options: JwtOptions) {
    this.#keys = options.keys
    this.#issuer = options.issuer
    this.#providerIssuer = options.providerIssuer
    this.#clock = options.clock
  }

  /** `claims` cannot replace the registered ones that are set here. */
  sign(use: JwtUse, claims: JWTPayload, ttlSeconds: number): Promise<string> {
    if (ttlSeconds > longestTokenSeconds)
      throw new RangeError('The key may be gone before the token')
    const { kid, privateKey } = this.#keys.current
    const nowSeconds = Math.floor(this.#clock.now().getTime() / 1000)
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: signingAlgorithm, typ: use.typ, kid })
      .setIssuer(this.#issuer)
      .setAudience(use.audience)
      .setIssuedAt(nowSeconds)
      .setNotBefore(nowSeconds)
      .setExpirationTime(nowSeconds + ttlSeconds)
      .setJti(uuidv7())
      .sign(privateKey)
  }

  /**
   * The claims of a token that we signed for this use. Throws `token_expired`, or `not_signed_in` for
   * any other flaw. The algorithm is pinned and the key is found by `kid` among our own: what else the
   * header says (`jwk`, `jku`, `x5u`) is of no account (RFC 8725 §3.1, §3.10).
   */
  async verify(use: JwtUse, token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#getKey(kid), {
        algorithms: [signingAlgorithm],
        typ: use.typ,
        audience: use.audience,
        issuer: this.#providerIssuer ? [this.#issuer, this.#providerIssuer()] : this.#issuer,
        requiredClaims: ['exp', 'iat', 'jti'],
        clockTolerance: clockToleranceSeconds,
        currentDate: this.#clock.now(),
      })
      return payload
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw invalidToken('token_expired', error)
      if (error instanceof errors.JOSEError) throw invalidToken('not_signed_in', error)
      throw error
    }
  }

  /** Whether a key by which tokens were verified has not been withdrawn since. */
  hasKey(kid: string): boolean {
    return this.#keys.has(kid)
  }

  async #getKey(kid: string | undefined) {
    const key = kid === undefined ? undefined : await this.#keys.findPublicKey(kid)
    if (!key) throw new errors.JWKSNoMatchingKey()
    return key
  }
}

/** The answer to a bearer token that is not good (any more), RFC 6750 §3.1. */
export function invalidToken(
  code: 'token_expired' | 'not_signed_in',
  cause?: unknown,
): ProblemError {
  return new ProblemError(code, {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    cause,
  })
}
