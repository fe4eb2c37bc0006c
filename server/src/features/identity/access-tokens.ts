import { sessionIdSchema, userIdSchema, type SessionId, type UserId } from '@cloudsync/protocol'
import { z } from 'zod'
import type { Caller } from '#platform/http/caller.ts'
import { invalidToken, type Jwt, type JwtUse } from './jwt.ts'
import type { Sessions } from './sessions.ts'

/** RFC 9068. */
export const accessTokenUse: JwtUse = { audience: 'cloudsync:api', typ: 'at+jwt' }
export const accessTokenTtlSeconds = 600

const claimsSchema = z.object({ sub: userIdSchema, sid: sessionIdSchema })

/** Short-lived proofs of a session. Each use asks whether the session still stands. */
export class AccessTokens {
  readonly #jwt: Jwt
  readonly #sessions: Sessions

  constructor(jwt: Jwt, sessions: Sessions) {
    this.#jwt = jwt
    this.#sessions = sessions
  }

  issue(userId: UserId, sessionId: SessionId): Promise<string> {
    return this.#jwt.sign(accessTokenUse, { sub: userId, sid: sessionId }, accessTokenTtlSeconds)
  }

  /** Throws `token_expired` or `not_signed_in`. */
  async authenticate(token: string): Promise<Caller> {
    const claims = claimsSchema.safeParse(await this.#jwt.verify(accessTokenUse, token))
    if (!claims.success) throw invalidToken('not_signed_in')
    const caller = await this.#sessions.findCaller(claims.data.sid)
    if (caller?.userId !== claims.data.sub) throw invalidToken('not_signed_in')
    return caller
  }
}
