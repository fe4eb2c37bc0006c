import { readFile } from 'node:fs/promises'
import type * as OpenidClient from 'openid-client'
import type { Logger } from 'pino'
import { ProblemError } from '#platform/problem-error.ts'

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

const discoveredForMs = 3_600_000
const timeoutSeconds = 10

/** A server where nobody comes by another provider is spared it. */
const loadClient = () => import('openid-client')

/** One provider by which people sign in here. */
export class ExternalProvider {
  readonly config: ExternalProviderConfig
  readonly #log: Logger
  #discovered:
    | { readonly at: number; readonly known: Promise<OpenidClient.Configuration> }
    | undefined

  constructor(config: ExternalProviderConfig, log: Logger) {
    this.config = config
    this.#log = log
  }

  /** Where to send the browser. Throws `unavailable` when the provider cannot be reached. */
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

  /** Reads what the browser brought back. Throws `external_sign_in_failed`, whatever is wrong with it. */
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
      this.#log.info(
        { provider: this.config.id, reason: reasonOf(error) },
        'a sign-in by another provider was refused',
      )
      throw new ProblemError('external_sign_in_failed', { cause: error })
    }
  }

  async #discover(): Promise<OpenidClient.Configuration> {
    const now = Date.now()
    if (!this.#discovered || now - this.#discovered.at > discoveredForMs)
      this.#discovered = { at: now, known: this.#ask() }
    try {
      return await this.#discovered.known
    } catch (error) {
      this.#discovered = undefined
      this.#log.warn({ provider: this.config.id, err: error }, 'a provider cannot be reached')
      throw new ProblemError('unavailable', { cause: error })
    }
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
        timeout: timeoutSeconds,
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
