import type { Router } from 'express'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { Identity } from '#features/identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import type { GateOptions } from '#platform/http/gate.ts'
import type { KeyRing } from '#platform/keys/key-ring.ts'
import { PeriodicWork } from '#platform/periodic-work.ts'
import type { RedisLink } from '#platform/redis/redis-link.ts'
import { Clients } from './clients/clients.ts'
import { InitialAccessTokens } from './clients/initial-access-tokens.ts'
import { ExternalIdentities } from './external/external-identities.ts'
import { ExternalProvider, type ExternalProviderConfig } from './external/external-provider.ts'
import { ExternalSignIn } from './external/external-sign-in.ts'
import type { ProviderCallsOptions } from './external/provider-calls.ts'
import { AppGrants } from './grants/app-grants.ts'
import { Consents } from './grants/consents.ts'
import { DeviceApprovals } from './grants/device-approvals.ts'
import { LazyProviderHost } from './provider/lazy-provider-host.ts'
import { makeOAuthRouter } from './provider/oauth-router.ts'
import { purgeRecords } from './provider/purge-records.ts'
import { oauthEndpoints } from './routes/index.ts'

export interface OAuthOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly keys: Pick<KeyRing, 'currentKey' | 'keysFor'>
  readonly identity: Identity
  /** Where people reach the server, without a trailing slash: the issuer. */
  readonly publicUrl: () => string
  /** By which people sign in here. */
  readonly signInProviders: readonly ExternalProviderConfig[]
  /** How these are called. */
  readonly providerCalls?: Pick<ProviderCallsOptions, 'timeoutMs' | 'breakerPauseMs'> | undefined
  readonly metrics?: Registry | undefined
  /** Where servers count wrong secrets and codes together; without it each counts alone. */
  readonly redis?: RedisLink | undefined
}

/** Apps that people let in, and providers by which people come in. */
export interface OAuth extends AsyncDisposable {
  readonly endpoints: readonly Endpoint[]
  /** `/oauth/*` and the discovery documents, to be mounted at the root. */
  router(gates: GateOptions): Router
}

const purgeIntervalMs = 3600 * 1000

export function openOAuth(options: OAuthOptions): OAuth {
  const { db, clock, log, metrics, providerCalls } = options
  const grants = new AppGrants(options)
  const host = new LazyProviderHost({ ...options, grants })
  const clients = new Clients({
    ...options,
    grants,
    check: async (metadata) => (await host.open()).check(metadata),
  })
  const providers = options.signInProviders.map(
    (config) => new ExternalProvider(config, { log, metrics, ...providerCalls }),
  )
  const initialAccessTokens = new InitialAccessTokens({
    ...options,
    make: async (expiresInSeconds) => (await host.open()).makeInitialAccessToken(expiresInSeconds),
  })
  const identities = new ExternalIdentities(options)
  const external = new ExternalSignIn({ ...options, providers, identities })
  const parts = { host, grants, clients }
  const work = new PeriodicWork(log, 'old codes and tokens of apps could not be deleted')
  work.every(purgeIntervalMs, () => purgeRecords(db, clock.now()))
  return {
    endpoints: oauthEndpoints({
      ...parts,
      publicUrl: options.publicUrl,
      consents: new Consents({ ...options, ...parts }),
      devices: new DeviceApprovals({ ...options, ...parts }),
      external,
      initialAccessTokens,
      signInAnswers: options.identity.signInAnswers,
    }),
    router: (gates) => makeOAuthRouter({ ...options, host, external, gates }),
    [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
  }
}
