import { readFile } from 'node:fs/promises'
import type * as OpenidClient from 'openid-client'
import type { Logger } from 'pino'
import { ProblemError } from '#platform/problem-error.ts'
import { isProviderDown, ProviderCalls, type ProviderCallsOptions } from './provider-calls.ts'

export interface ExternalProviderConfig {
  /** In addresses; never changes. */
  readonly id: string
  readonly name: string
  readonly issuer: string
  readonly clientId: string
  /** Unset: we are a public client there. */
  readonly clientSecretFile: string | undefined
  /** Of addresses that accounts are made for; unset: any. */
  readonly emailDomains: readonly string[] | undefined
  /** Whether who comes for the first time gets an account without being invited. */
  readonly accounts: 'invited' | 'anybody'
}

/** What binds an answer to the request that it answers. */
export interface SignInChecks {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

/** Who somebody is at another provider; the two names together never mean anybody else. */
export interface ExternalPerson {
  readonly issuer: string
  readonly subject: string
  readonly email: string | undefined
  readonly isEmailVerified: boolean
  readonly name: string | undefined
}

export interface ExternalProviderOptions extends Omit<ProviderCallsOptions, 'id'> {
  readonly log: Logger
}

interface Discovered {
  readonly atMs: number
  readonly known: Promise<OpenidClient.Configuration>
}

const discoveredForMs = 3_600_000

/** A server where nobody comes by another provider is spared it. */
const loadClient = () => import('openid-client')

/** One provider by which people sign in here. */
export class ExternalProvider {
  readonly config: ExternalProviderConfig
  readonly #log: Logger
  readonly #calls: ProviderCalls
  #discovered: Discovered | undefined

  constructor(config: ExternalProviderConfig, options: ExternalProviderOptions) {
    this.config = config
    this.#log = options.log
    this.#calls = new ProviderCalls({ ...options, id: config.id })
  }

  /** Where to send the browser. Throws `external_unavailable`; at once while the provider is known to be down. */
  async authorizationUrl(redirectUri: string, checks: SignInChecks): Promise<URL> {
    const client = await loadClient()
    return client.buildAuthorizationUrl(await this.#discover(), {
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(checks.codeVerifier),
      code_challenge_method: 'S256',
    })
  }

  /**
   * Reads what the browser brought back. Throws `external_sign_in_failed`, whatever is wrong with it, and
   * `external_unavailable`.
   */
  async readAnswer(url: URL, checks: SignInChecks): Promise<ExternalPerson> {
    const client = await loadClient()
    const configuration = await this.#discover()
    try {
      const tokens = await client.authorizationCodeGrant(configuration, url, {
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        pkceCodeVerifier: checks.codeVerifier,
        idTokenExpected: true,
      })
      return personOf(tokens.claims())
    } catch (error) {
      if (isProviderDown(error)) throw this.#unavailable(error)
      this.#log.info(
        { provider: this.config.id, reason: reasonOf(error) },
        'a sign-in by another provider was refused',
      )
      throw new ProblemError('external_sign_in_failed', { cause: error })
    }
  }

  async #discover(): Promise<OpenidClient.Configuration> {
    const discovered = this.#findDiscovered() ?? { atMs: Date.now(), known: this.#ask() }
    this.#discovered = discovered
    try {
      return await discovered.known
    } catch (error) {
      if (this.#discovered === discovered) this.#discovered = undefined
      throw this.#unavailable(error)
    }
  }

  /**
   * Nothing while the provider is down: nobody is sent to where they cannot come back from, and asking anew
   * shows whether it is up.
   */
  #findDiscovered(): Discovered | undefined {
    const known = this.#discovered
    const isFresh = known !== undefined && Date.now() - known.atMs <= discoveredForMs
    return isFresh && this.#calls.isUp ? known : undefined
  }

  #unavailable(cause: unknown): ProblemError {
    const { id, name } = this.config
    this.#log.warn({ provider: id, err: cause }, 'a provider cannot be reached')
    return new ProblemError('external_unavailable', {
      detail: `${name} does not answer`,
      headers: { 'retry-after': String(this.#calls.retryAfterSeconds) },
      cause,
    })
  }

  async #ask(): Promise<OpenidClient.Configuration> {
    const { issuer, clientId, clientSecretFile } = this.config
    const client = await loadClient()
    const authentication =
      clientSecretFile === undefined
        ? client.None()
        : client.ClientSecretBasic((await readFile(clientSecretFile, 'utf8')).trim())
    const configuration = await client.discovery(
      new URL(issuer),
      clientId,
      undefined,
      authentication,
      {
        [client.customFetch]: this.#calls.fetch,
        execute: [
          // Signatures are checked, also of tokens that came straight from the provider.
          client.enableNonRepudiationChecks,
          ...(issuer.startsWith('http:') ? [client.allowInsecureRequests] : []),
        ],
      },
    )
    return configuration
  }
}

function personOf(claims: OpenidClient.IDToken | undefined): ExternalPerson {
  if (!claims) throw new Error('The provider has sent no ID token')
  return {
    issuer: claims.iss,
    subject: claims.sub,
    email: typeof claims['email'] === 'string' ? claims['email'] : undefined,
    isEmailVerified: claims['email_verified'] === true,
    name: typeof claims['name'] === 'string' ? claims['name'] : undefined,
  }
}

/** Without what the other side sent: that may hold a token. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error ? String(error.code) : error.name
}
