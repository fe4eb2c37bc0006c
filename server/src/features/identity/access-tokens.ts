import { sessionIdSchema, userIdSchema, type SessionId, type UserId } from '@cloudsync/protocol'
import { z } from 'zod'
import type { Clock } from '#platform/clock.ts'
import type { Caller } from '#platform/http/caller.ts'
import { invalidToken, type Jwt, type JwtUse } from './jwt.ts'
import type { Sessions } from './sessions.ts'

/** RFC 9068. */
export const accessTokenUse: JwtUse = { audience: 'cloudsync:api', typ: 'at+jwt' }
export const accessTokenTtlSeconds = 600

const claimsSchema = z.object({ sub: userIdSchema, sid: sessionIdSchema, exp: z.number() })

type Claims = z.infer<typeof claimsSchema>

/** Tokens in use at once, of which the signature need not be checked again. */
const maxVerified = 5_000

/** Short-lived proofs of a session. Each use asks whether the session still stands. */
export class AccessTokens {
  readonly #jwt: Jwt
  readonly #sessions: Sessions
  readonly #clock: Clock
  /** A signature that was good stays good; checking it takes longer than the rest of a small request. */
  readonly #verified = new Map<string, Claims>()

  constructor(jwt: Jwt, sessions: Sessions, clock: Clock) {
    this.#jwt = jwt
    this.#sessions = sessions
    this.#clock = clock
  }

  issue(userId: UserId, sessionId: SessionId): Promise<string> {
    return this.#jwt.sign(accessTokenUse, { sub: userId, sid: sessionId }, accessTokenTtlSeconds)
  }

  /** Throws `token_expired` or `not_signed_in`. */
  async authenticate(token: string): Promise<Caller> {
    const { sub, sid } = this.#peek(token) ?? (await this.#verify(token))
    const caller = await this.#sessions.findCaller(sid)
    if (caller?.userId !== sub) throw invalidToken('not_signed_in')
    return caller
  }

  /** What is left of its life is looked at anew each time. */
  #peek(token: string): Claims | undefined {
    const claims = this.#verified.get(token)
    if (claims && claims.exp * 1000 > this.#clock.now().getTime()) return claims
    this.#verified.delete(token)
    return undefined
  }

  async #verify(token: string): Promise<Claims> {
    const claims = claimsSchema.safeParse(await this.#jwt.verify(accessTokenUse, token))
    if (!claims.success) throw invalidToken('not_signed_in')
    if (this.#verified.size >= maxVerified) this.#verified.clear()
    this.#verified.set(token, claims.data)
    return claims.data
  }
}
