import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { errors, Provider, type Client, type KoaContextWithOIDC } from 'oidc-provider'
import type { Logger } from 'pino'
import type { Identity } from '#features/identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { KeyRing } from '#platform/keys/key-ring.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { RedisLink } from '#platform/redis/redis-link.ts'
import type { AppGrants } from '../grants/app-grants.ts'
import { ClientAdapter } from './client-adapter.ts'
import { ClientSecrets } from './client-secrets.ts'
import { configureProvider, selfRegistration } from './configure-provider.ts'
import { GrantAdapter } from './grant-adapter.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { RecordAdapter } from './record-adapter.ts'
import { RefreshAnswers } from './refresh-answers.ts'

export interface ProviderHostOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly keys: Pick<KeyRing, 'currentKey' | 'keysFor'>
  readonly identity: Identity
  readonly grants: AppGrants
  /** Where people reach the server, without a trailing slash. */
  readonly publicUrl: () => string
  /** Where servers count wrong secrets of clients together. */
  readonly redis?: RedisLink | undefined
}

const cookiePurpose = 'oauth-cookies'

interface Hosted {
  readonly publicUrl: string
  readonly kid: string | undefined
  readonly dataKeyId: number
  readonly provider: Provider
  readonly listen: (request: IncomingMessage, response: ServerResponse) => Promise<void>
}

/**
 * Our OpenID provider. Its issuer is where the server is reached, which is known only when it listens, and
 * its keys those of the installation; when one of them changes, it is made anew.
 */
export class ProviderHost {
  readonly #options: ProviderHostOptions
  readonly #answers: RefreshAnswers
  readonly #secrets: ClientSecrets
  #hosted: Hosted | undefined

  constructor(options: ProviderHostOptions) {
    this.#options = options
    this.#answers = new RefreshAnswers(options)
    this.#secrets = new ClientSecrets(options.redis)
  }

  get provider(): Provider {
    return this.#host().provider
  }

  /** For apps that register themselves. */
  makeInitialAccessToken(expiresInSeconds: number): Promise<string> {
    const { InitialAccessToken } = this.provider
    const access = new InitialAccessToken({
      expiresIn: expiresInSeconds,
      policies: [selfRegistration],
    })
    return access.save()
  }

  /** Throws `bad_request` when the provider does not take a client's metadata. */
  async check(metadata: Record<string, unknown>): Promise<void> {
    try {
      await this.provider.Client.validate(metadata as never)
    } catch (error) {
      if (!(error instanceof errors.InvalidClientMetadata)) throw error
      throw new ProblemError('bad_request', { detail: error.error_description ?? error.message })
    }
  }

  /** Answers a request to the provider as one to the public address, whatever it says of its own. */
  readonly handle: RequestListener = (request, response) => {
    const { publicUrl, listen } = this.#host()
    const { host, protocol } = new URL(publicUrl)
    request.headers['x-forwarded-host'] = host
    request.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    forgetSession(request)
    void listen(request, response)
  }

  #host(): Hosted {
    const publicUrl = this.#options.publicUrl()
    const jwk = this.#options.identity.signingJwk()
    const { id: dataKeyId } = this.#options.keys.currentKey(cookiePurpose)
    const known = this.#hosted
    if (known?.publicUrl === publicUrl && known.kid === jwk.kid && known.dataKeyId === dataKeyId)
      return known
    const provider = this.#open(publicUrl)
    this.#hosted = { publicUrl, kid: jwk.kid, dataKeyId, provider, listen: provider.callback() }
    return this.#hosted
  }

  #open(publicUrl: string): Provider {
    const { identity, grants, keys, log } = this.#options
    // Requests that are under way have cookies by the keys before.
    const cookieKeys = keys.keysFor(cookiePurpose)
    const configuration = configureProvider({
      publicUrl,
      grants,
      identity,
      signingJwk: identity.signingJwk(),
      cookieKeys: cookieKeys.map(({ key }) => key.export().toString('base64url')),
      adapter: (kind) => this.#openAdapter(kind),
    })
    const provider = new Provider(publicUrl, configuration)
    // It believes `handle`, which overwrites what strangers say.
    provider.proxy = true
    const secrets = this.#secrets
    provider.Client.prototype.compareClientSecret = function (this: Client, given: string) {
      return secrets.compare(this, given)
    }
    provider.use((context, next) => this.#answerRepetition(context as KoaContextWithOIDC, next))
    provider.on('server_error', (_context, error) => {
      log.error({ err: error }, 'the OpenID provider has failed')
    })
    return provider
  }

  #openAdapter(kind: string) {
    const { db, grants, log } = this.#options
    const endReused = (grantId: string) => {
      log.warn({ grantId }, 'a code or a token of an app was used twice: its grant ends')
      return grants.end(grantId, 'token_reused')
    }
    if (kind === 'Client') return new ClientAdapter(db)
    if (kind === 'Grant') return new GrantAdapter(grants, endReused)
    return new RecordAdapter(kind, {
      ...this.#options,
      answers: this.#answers,
      endReused,
    })
  }

  /** Whoever uses a refresh token again at once gets the answer that it gave. */
  async #answerRepetition(context: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
    await next()
    if (context.path !== oauthRoutes.token || context.method !== 'POST') return
    const { grant_type: grantType, refresh_token: token } = context.oidc.params ?? {}
    if (grantType !== 'refresh_token' || typeof token !== 'string') return
    if (context.status === 200) await this.#answers.keep(token, context.body)
    else if (context.state['isRepetition'] === true) {
      const answer = await this.#answers.find(token)
      if (answer === undefined) return
      context.status = 200
      context.body = answer
    }
  }
}

/** The provider keeps no sign-ins: who signs out of the web app would leave one behind. */
function forgetSession(request: IncomingMessage): void {
  const { cookie } = request.headers
  if (cookie === undefined) return
  const kept = cookie.split(/; */).filter((pair) => !pair.startsWith('cs_oauth_session'))
  request.headers.cookie = kept.join('; ')
}
