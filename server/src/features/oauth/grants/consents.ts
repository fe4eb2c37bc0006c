import type { ConsentRequest, NextLocation, OAuthScope } from '@cloudsync/protocol'
import type { Request } from 'express'
import type { Client, Interaction, InteractionResults } from 'oidc-provider'
import { clientOf, type Identity } from '#features/identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { hashSecret } from '#platform/secret-token.ts'
import type { Clients } from '../clients/clients.ts'
import type { LazyProviderHost } from '../provider/lazy-provider-host.ts'
import type { AppGrants } from './app-grants.ts'
import { describeRequest } from './describe-request.ts'
import { grantableScopes } from './grantable-scopes.ts'
import { valuesOf, wordsOf } from './request-params.ts'

export interface ConsentsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly host: LazyProviderHost
  readonly grants: AppGrants
  readonly clients: Clients
  readonly identity: Pick<Identity, 'requireProof'>
}

export interface ConsentCall {
  readonly uid: string
  readonly caller: Caller
  readonly address: string
  readonly raw: Request
}

interface FoundRequest {
  readonly interaction: Interaction
  readonly client: Client
  readonly scopes: OAuthScope[]
}

/**
 * Requests of apps that came by a browser. The cookie that the provider has set there names the request: who
 * is sent a link to somebody else's request cannot decide it.
 */
export class Consents {
  readonly #options: ConsentsOptions

  constructor(options: ConsentsOptions) {
    this.#options = options
  }

  /** Throws `authorization_over`. */
  async get(call: ConsentCall): Promise<ConsentRequest> {
    const found = await this.#find(call)
    const { interaction, client, scopes } = found
    const app = await this.#options.clients.get(client.clientId)
    return {
      ...describeRequest(app, scopes, interaction.params['redirect_uri'] as string),
      isRemembered: await this.#isRemembered(call, found),
    }
  }

  /**
   * An app that is let in stays in for a year: whoever finds an open browser lets none in that was not before. Throws
   * `authorization_over` and `proof_required`.
   */
  async allow(call: ConsentCall): Promise<NextLocation> {
    const { grants, identity } = this.#options
    const found = await this.#find(call)
    const { interaction, client, scopes } = found
    if (!(await this.#isRemembered(call, found))) await identity.requireProof(call.caller)
    await this.#claim(interaction)
    const { userId } = call.caller
    const grantId = await grants.create({
      userId,
      scopes,
      clientId: client.clientId,
      client: clientOf(call),
      resources: valuesOf(interaction.params['resource']),
    })
    try {
      return await this.#finish(call, {
        login: { accountId: userId, remember: false },
        consent: { grantId },
      })
    } catch (error) {
      await grants.end(grantId, 'revoked')
      throw error
    }
  }

  /** Throws `authorization_over`. */
  async deny(call: ConsentCall): Promise<NextLocation> {
    const { interaction } = await this.#find(call)
    await this.#claim(interaction)
    return this.#finish(call, {
      error: 'access_denied',
      error_description: 'the person has not allowed it',
    })
  }

  async #isRemembered(
    { caller }: ConsentCall,
    { interaction, client, scopes }: FoundRequest,
  ): Promise<boolean> {
    // Nobody but the person can tell which app on a machine asks in the name of another (RFC 8252 §8.6).
    return (
      client.applicationType !== 'native' &&
      !wordsOf(interaction.params['prompt']).includes('consent') &&
      (await this.#options.grants.isRemembered(caller.userId, client.clientId, scopes))
    )
  }

  async #find(call: ConsentCall): Promise<FoundRequest> {
    const { provider } = await this.#options.host.open()
    const interaction = await this.#findInteraction(call)
    const client = await provider.Client.find(interaction.params['client_id'] as string)
    if (!client) throw new ProblemError('authorization_over')
    return {
      interaction,
      client,
      scopes: grantableScopes(interaction.params['scope'], client, call.caller),
    }
  }

  async #findInteraction({ raw, uid }: ConsentCall): Promise<Interaction> {
    const { provider } = await this.#options.host.open()
    try {
      const interaction = await provider.interactionDetails(raw, raw.res as never)
      if (interaction.uid === uid && interaction.result === undefined) return interaction
    } catch (error) {
      if (!(error instanceof Error && error.name === 'SessionNotFound')) throw error
    }
    throw new ProblemError('authorization_over')
  }

  /** Of several decisions at once, the first counts. Throws `authorization_over`. */
  async #claim({ uid }: Interaction): Promise<void> {
    const { db, clock } = this.#options
    const { numUpdatedRows } = await db.kysely
      .updateTable('oauth_records')
      .set({ consumed_at: clock.now() })
      .where('kind', '=', 'Interaction')
      .where('id_hash', '=', hashSecret(uid))
      .where('consumed_at', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw new ProblemError('authorization_over')
  }

  async #finish({ raw }: ConsentCall, result: InteractionResults): Promise<NextLocation> {
    const { provider } = await this.#options.host.open()
    return { location: await provider.interactionResult(raw, raw.res as never, result) }
  }
}
