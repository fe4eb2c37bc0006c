import {
  sessionIdSchema,
  userIdSchema,
  type SessionId,
  type TokenScope,
  type UserId,
} from '@cloudsync/protocol'
import { decodeProtectedHeader } from 'jose'
import { z } from 'zod'
import type { Clock } from '#platform/clock.ts'
import type { AdmitOptions, Caller } from '#platform/http/caller.ts'
import { clockToleranceSeconds, invalidToken, type Jwt, type JwtUse } from './jwt.ts'
import type { Sessions } from './sessions.ts'

/** RFC 9068. */
export const accessTokenUse: JwtUse = { audience: 'cloudsync:api', typ: 'at+jwt' }
export const accessTokenTtlSeconds = 600

const claimsSchema = z.object({
  sub: userIdSchema,
  sid: sessionIdSchema,
  exp: z.number(),
  /** Of an app's token, RFC 9068 §2.2.3: it may be for less than its session. */
  scope: z.string().optional(),
  /** Of an app's token: which one. */
  client_id: z.string().optional(),
})

type Claims = z.infer<typeof claimsSchema>

interface Verified {
  readonly kid: string
  readonly claims: Claims
}

/** Tokens in use at once, of which the signature need not be checked again. */
const maxVerified = 5_000

/** Short-lived proofs of a session. Each use asks whether the session still stands. */
export class AccessTokens {
  readonly #jwt: Jwt
  readonly #sessions: Sessions
  readonly #clock: Clock
  /** A signature stays good while its key does; checking it takes longer than the rest of a small request. */
  readonly #verified = new Map<string, Verified>()

  constructor(jwt: Jwt, sessions: Sessions, clock: Clock) {
    this.#jwt = jwt
    this.#sessions = sessions
    this.#clock = clock
  }

  issue(userId: UserId, sessionId: SessionId): Promise<string> {
    return this.#jwt.sign(accessTokenUse, { sub: userId, sid: sessionId }, accessTokenTtlSeconds)
  }

  /** Throws `token_expired`, `not_signed_in` or `second_factor_setup_required`. */
  async authenticate(token: string, options?: AdmitOptions): Promise<Caller> {
    const claims = this.#peek(token) ?? (await this.#verify(token))
    const caller = await this.#sessions.admit(claims.sid, options)
    if (caller?.userId !== claims.sub) throw invalidToken('not_signed_in')
    return narrow(caller, claims)
  }

  /** What is left of its life, and whether its key was withdrawn, is looked at anew each time. */
  #peek(token: string): Claims | undefined {
    const known = this.#verified.get(token)
    if (known && known.claims.exp > this.#nowSeconds() && this.#jwt.hasKey(known.kid))
      return known.claims
    this.#verified.delete(token)
    return undefined
  }

  async #verify(token: string): Promise<Claims> {
    const claims = claimsSchema.safeParse(await this.#jwt.verify(accessTokenUse, token))
    if (!claims.success) throw invalidToken('not_signed_in')
    // None of ours lives longer; who has stolen a key writes what they like.
    if (claims.data.exp > this.#nowSeconds() + accessTokenTtlSeconds + clockToleranceSeconds)
      throw invalidToken('not_signed_in')
    const { kid } = decodeProtectedHeader(token)
    if (kid === undefined) throw invalidToken('not_signed_in')
    if (this.#verified.size >= maxVerified) this.#verified.clear()
    this.#verified.set(token, { kid, claims: claims.data })
    return claims.data
  }

  #nowSeconds(): number {
    return this.#clock.now().getTime() / 1000
  }
}

/** An app's token may do what both its scope and the session behind it say. */
function narrow(caller: Caller, { scope, client_id: clientId }: Claims): Caller {
  if (clientId === undefined) return caller
  const named = new Set(scope?.split(' ') as readonly TokenScope[] | undefined)
  return { ...caller, scopes: named.intersection(caller.scopes ?? new Set<TokenScope>()) }
}
