import type { Request } from 'express'
import type { Caller } from '#platform/http/caller.ts'
import { empty, json, type EndpointResult } from '#platform/http/endpoint.ts'
import type { SessionCookie } from '#platform/http/session-cookie.ts'
import { cookieTtlDays } from './cookie-sessions.ts'
import type { Sessions } from './sessions.ts'
import type { SignedIn } from './sign-in.ts'

export interface SignInAnswersOptions {
  readonly cookie: SessionCookie
  readonly sessions: Sessions
}

interface SignInRequest {
  readonly raw: Request
  readonly caller: Caller | undefined
}

/** What somebody is answered who signs in or out. */
export class SignInAnswers {
  readonly #cookie: SessionCookie
  readonly #sessions: Sessions

  constructor({ cookie, sessions }: SignInAnswersOptions) {
    this.#cookie = cookie
    this.#sessions = sessions
  }

  /** Tokens with `status`; or a cookie, which takes the place of the browser's earlier one and its session. */
  async signedIn(
    request: SignInRequest,
    signedIn: SignedIn,
    status = 200,
  ): Promise<EndpointResult> {
    if (signedIn.kind === 'tokens') return json(signedIn.tokens, { status })
    const { raw, caller } = request
    const hadCookie = caller && raw.headers.authorization === undefined
    if (hadCookie) await this.#sessions.end(caller.sessionId, 'signed_out')
    const maxAgeSeconds = cookieTtlDays * 24 * 3600
    return empty({ 'set-cookie': this.#cookie.write(raw, signedIn.secret, maxAgeSeconds) })
  }

  /** The browser forgets its cookie, whether that was good for anything or not. */
  signedOut({ raw }: Pick<SignInRequest, 'raw'>): EndpointResult {
    return empty({ 'set-cookie': this.#cookie.clear(raw) })
  }
}
