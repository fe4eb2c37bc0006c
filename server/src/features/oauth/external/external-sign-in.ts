import type { SessionId, SignInProvider, UserId } from '@cloudsync/protocol'
import type { Client, Identity, SignedIn } from '#features/identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { hashSecret, makeSecretToken } from '#platform/secret-token.ts'
import { interactionTtlSeconds } from '../provider/oauth-routes.ts'
import type { ExternalIdentities } from './external-identities.ts'
import type { ExternalProvider } from './external-provider.ts'
import { checksOf, signInCookie } from './sign-in-cookie.ts'

export interface ExternalSignInOptions {
  readonly db: Database
  readonly clock: Clock
  readonly publicUrl: () => string
  readonly providers: readonly ExternalProvider[]
  readonly identities: ExternalIdentities
  readonly identity: Pick<Identity, 'externalAccounts' | 'findSessionCaller' | 'requireProof'>
}

interface Start {
  readonly providerId: string
  /** A path on this site. */
  readonly returnTo: string
  /** Of whom an account is to be connected; unset: somebody signs in. */
  readonly session: SessionId | undefined
}

interface Begun {
  readonly provider: ExternalProvider
  readonly secret: string
  readonly returnTo: string
  readonly sessionId: SessionId | null
}

const signInPage = '/external-sign-in'
const accountPage = '/account'

/**
 * Signing in by another provider:
 *
 *     page ──start──▶ cookie, row ──▶ the provider ──▶ callback: code → ID token → whose account
 *       ▲                                                 │ the row says so
 *       └─────── complete, by the cookie: a session ◀─────┘
 *
 * State, nonce and code verifier are derived from the cookie, so that only the browser that began can end it,
 * and no address ever holds anything that opens a door here.
 */
export class ExternalSignIn {
  readonly #options: ExternalSignInOptions

  constructor(options: ExternalSignInOptions) {
    this.#options = options
  }

  list(): SignInProvider[] {
    return this.#options.providers.map(({ config: { id, name } }) => ({ id, name }))
  }

  /** Throws `not_found`, and `external_unavailable` when the provider cannot be reached. */
  async start({ providerId, returnTo, session }: Start) {
    const { db, clock, publicUrl } = this.#options
    const provider = this.#getProvider(providerId)
    const secret = makeSecretToken()
    const url = await provider.authorizationUrl(this.#redirectUri(providerId), checksOf(secret))
    await db.kysely
      .insertInto('external_sign_ins')
      .values({
        secret_hash: hashSecret(secret),
        provider_id: providerId,
        session_id: session ?? null,
        return_to: returnTo,
        expires_at: new Date(clock.now().getTime() + interactionTtlSeconds * 1000),
      })
      .execute()
    const kept = signInCookie(publicUrl()).write(secret, interactionTtlSeconds)
    return { location: url.href, cookie: kept }
  }

  /** As `start`; throws `proof_required` too. */
  async startLink(providerId: string, caller: Caller) {
    await this.#options.identity.requireProof(caller)
    return this.start({ providerId, returnTo: accountPage, session: caller.sessionId })
  }

  /** Reads what the provider sent the browser back with, and gives the page to show next. */
  async answer(
    providerId: string,
    search: string,
    cookie: string | undefined,
  ): Promise<{ path: string }> {
    const begun = await this.#takeAnswer(providerId, cookie)
    if (!begun) return { path: withError(signInPage, 'external_sign_in_failed') }
    const { provider, secret, returnTo, sessionId } = begun
    const page = sessionId === null ? signInPage : accountPage
    try {
      const url = new URL(`${this.#redirectUri(providerId)}${search}`)
      const person = await provider.readAnswer(url, checksOf(secret))
      if (sessionId === null) {
        const userId = await this.#options.identities.resolve(person, provider.config)
        await this.#noteUser(secret, userId)
        return { path: `${page}?next=${encodeURIComponent(returnTo)}` }
      }
      const caller = await this.#options.identity.findSessionCaller(sessionId)
      if (!caller) throw new ProblemError('not_signed_in')
      await this.#options.identities.link(person, caller.userId)
      return { path: page }
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      return { path: withError(page, error.code) }
    }
  }

  /** Throws `external_sign_in_failed` and `second_factor_required`. */
  async complete(cookie: string | undefined, client: Client): Promise<SignedIn> {
    const { db, clock, publicUrl, identity } = this.#options
    const secret = signInCookie(publicUrl()).read(cookie)
    if (secret === undefined) throw new ProblemError('external_sign_in_failed')
    const row = await db.kysely
      .deleteFrom('external_sign_ins')
      .where('secret_hash', '=', hashSecret(secret))
      .where('user_id', 'is not', null)
      .where('expires_at', '>', clock.now())
      .returning('user_id')
      .executeTakeFirst()
    if (!row || row.user_id === null) throw new ProblemError('external_sign_in_failed')
    return identity.externalAccounts.signIn(row.user_id, client)
  }

  listIdentities(userId: UserId) {
    const { identities, providers } = this.#options
    return identities.list(userId, (issuer) => {
      const provider = providers.find(
        ({ config }) => config.issuer.replace(/\/$/, '') === issuer.replace(/\/$/, ''),
      )
      return provider?.config.name ?? new URL(issuer).host
    })
  }

  /** Throws `not_found`, `proof_required` and `last_way_in`. */
  async unlink(id: string, caller: Caller): Promise<void> {
    await this.#options.identity.requireProof(caller)
    await this.#options.identities.unlink(caller.userId, id)
  }

  /** What the browser began; each of them is answered once. */
  async #takeAnswer(providerId: string, cookie: string | undefined): Promise<Begun | undefined> {
    const { db, clock, publicUrl, providers } = this.#options
    const secret = signInCookie(publicUrl()).read(cookie)
    const provider = providers.find(({ config }) => config.id === providerId)
    if (secret === undefined || !provider) return undefined
    const row = await db.kysely
      .updateTable('external_sign_ins')
      .set({ answered_at: clock.now() })
      .where('secret_hash', '=', hashSecret(secret))
      .where('provider_id', '=', providerId)
      .where('answered_at', 'is', null)
      .where('expires_at', '>', clock.now())
      .returning(['return_to', 'session_id'])
      .executeTakeFirst()
    return row && { provider, secret, returnTo: row.return_to, sessionId: row.session_id }
  }

  async #noteUser(secret: string, userId: UserId): Promise<void> {
    await this.#options.db.kysely
      .updateTable('external_sign_ins')
      .set({ user_id: userId })
      .where('secret_hash', '=', hashSecret(secret))
      .execute()
  }

  #getProvider(id: string): ExternalProvider {
    const provider = this.#options.providers.find(({ config }) => config.id === id)
    if (!provider) throw new ProblemError('not_found')
    return provider
  }

  #redirectUri(providerId: string): string {
    return `${this.#options.publicUrl()}/oauth/external/${providerId}/callback`
  }
}

function withError(path: string, code: string): string {
  return `${path}?error=${code}`
}
