import type { ConsentRequest, OAuthScope } from '@cloudsync/protocol'
import type { Request } from 'express'
import { sql } from 'kysely'
import type { Client } from 'oidc-provider'
import { accessTokenUse, clientOf, type Identity } from '#features/identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Caller } from '#platform/http/caller.ts'
import { FailureLimit } from '#platform/http/limits/failure-limit.ts'
import { NetworkFailureLimit } from '#platform/http/limits/network-failure-limit.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { RedisLink } from '#platform/redis/redis-link.ts'
import { hashSecret } from '#platform/secret-token.ts'
import type { Clients } from '../clients/clients.ts'
import type { LazyProviderHost } from '../provider/lazy-provider-host.ts'
import type { ProviderHost } from '../provider/provider-host.ts'
import type { AppGrants } from './app-grants.ts'
import { describeRequest } from './describe-request.ts'
import { grantableScopes } from './grantable-scopes.ts'
import { valuesOf } from './request-params.ts'

export interface DeviceApprovalsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly host: LazyProviderHost
  readonly grants: AppGrants
  readonly clients: Clients
  readonly identity: Pick<Identity, 'requireProof'>
  /** Where servers count wrong codes together. */
  readonly redis?: RedisLink | undefined
}

export interface DeviceCall {
  readonly userCode: string
  readonly caller: Caller
  readonly address: string
  readonly raw: Request
}

type DeviceCode = NonNullable<
  Awaited<ReturnType<ProviderHost['provider']['DeviceCode']['findByUserCode']>>
>

interface Pending {
  readonly code: DeviceCode
  readonly client: Client
  readonly scopes: OAuthScope[]
}

/** Codes are short, so that few may be tried (RFC 8628 §5.1), also by somebody with many accounts. */
const what = 'wrong codes'
const byPerson = { name: 'user-codes:person', what, failures: 5, windowSeconds: 600 }
const byAddress = { name: 'user-codes:address', what, failures: 25, windowSeconds: 600 }

/** Requests of apps that have no browser (RFC 8628): somebody types the code that the app shows. */
export class DeviceApprovals {
  readonly #options: DeviceApprovalsOptions
  readonly #byPerson: FailureLimit
  readonly #byAddress: NetworkFailureLimit

  constructor(options: DeviceApprovalsOptions) {
    this.#options = options
    this.#byPerson = new FailureLimit(byPerson, options.redis)
    this.#byAddress = new NetworkFailureLimit(byAddress, options.redis)
  }

  /** Throws `user_code_unknown` and `rate_limited`. */
  async get(call: DeviceCall): Promise<ConsentRequest> {
    const { client, scopes } = await this.#find(call)
    const described = describeRequest(
      await this.#options.clients.get(client.clientId),
      scopes,
      null,
    )
    return { ...described, isRemembered: false }
  }

  /** Throws `proof_required`, `user_code_unknown` and `rate_limited`. */
  async allow(call: DeviceCall): Promise<void> {
    await this.#options.identity.requireProof(call.caller)
    const { code, client, scopes } = await this.#find(call)
    const { userId } = call.caller
    const named = valuesOf(code.params?.['resource'])
    const resources = named.length > 0 ? named : [accessTokenUse.audience]
    const { clock, grants } = this.#options
    const grantId = await grants.create({
      userId,
      scopes,
      resources,
      clientId: client.clientId,
      client: clientOf(call),
    })
    let isFirst = false
    try {
      isFirst = await this.#decide(call, grantId, {
        accountId: userId,
        grantId,
        resource: resources,
        scope: scopes.join(' '),
        authTime: Math.floor(clock.now().getTime() / 1000),
      })
    } finally {
      if (!isFirst) await grants.end(grantId, 'revoked')
    }
    if (!isFirst) throw new ProblemError('user_code_unknown')
  }

  /** Throws `user_code_unknown` and `rate_limited`. */
  async deny(call: DeviceCall): Promise<void> {
    await this.#find(call)
    if (!(await this.#decide(call, null, { error: 'access_denied' })))
      throw new ProblemError('user_code_unknown')
  }

  /** Of several at once, the first decides. */
  async #decide(
    { userCode }: DeviceCall,
    grantId: string | null,
    decision: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    const { numUpdatedRows } = await this.#options.db.kysely
      .updateTable('oauth_records')
      .set({
        payload: sql`payload || ${JSON.stringify(decision)}::jsonb`,
        grant_id: grantId,
      })
      .where('kind', '=', 'DeviceCode')
      .where('user_code_hash', '=', hashSecret(normalize(userCode)))
      .where('expires_at', '>', this.#options.clock.now())
      .where(sql<boolean>`NOT payload ?| ARRAY['accountId', 'error']`)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  async #find({ userCode, caller, address }: DeviceCall): Promise<Pending> {
    const pending = await this.#byPerson.run(caller.userId, () =>
      this.#byAddress.run(address, () => this.#findPending(userCode, caller)),
    )
    if (!pending) throw new ProblemError('user_code_unknown')
    return pending
  }

  async #findPending(userCode: string, caller: Caller): Promise<Pending | undefined> {
    const { provider } = await this.#options.host.open()
    const code = await provider.DeviceCode.findByUserCode(normalize(userCode))
    const client =
      code?.clientId === undefined ? undefined : await provider.Client.find(code.clientId)
    if (!code || !client || code.accountId !== undefined || code.error !== undefined)
      return undefined
    return { code, client, scopes: grantableScopes(code.params?.['scope'], client, caller) }
  }
}

/** As the provider keeps it: `wdjb-mjht` is WDJBMJHT. */
function normalize(userCode: string): string {
  return userCode.toUpperCase().replaceAll(/\W/g, '')
}
