import { oauthScopes } from '@cloudsync/protocol'
import { Provider, type Adapter, type AdapterPayload } from 'oidc-provider'
import type { AppGrants } from '../grants/app-grants.ts'

/** Grants as the provider sees them: those whose session stands. People make them, by `Consents`. */
export class GrantAdapter implements Adapter {
  readonly #grants: AppGrants
  readonly #endReused: (id: string) => Promise<void>

  constructor(grants: AppGrants, endReused: (id: string) => Promise<void>) {
    this.#grants = grants
    this.#endReused = endReused
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const grant = await this.#grants.find(id)
    if (!grant) return undefined
    const scope = grant.scopes.join(' ')
    // Nobody is asked again for what they did not give.
    const rejected = oauthScopes.filter((each) => !grant.scopes.includes(each)).join(' ')
    const ofResources = (scopes: string) =>
      Object.fromEntries(grant.resources.map((resource) => [resource, scopes]))
    return {
      jti: id,
      kind: 'Grant',
      accountId: grant.userId,
      clientId: grant.clientId,
      iat: Math.floor(grant.createdAt.getTime() / 1000),
      openid: { scope },
      resources: ofResources(scope),
      rejected: { openid: { scope: rejected }, resources: ofResources(rejected) },
    } as AdapterPayload
  }

  /** The app has revoked its refresh token (RFC 7009), or a code or a refresh token was used twice. */
  destroy(id: string): Promise<void> {
    const isRevoked = Provider.ctx?.oidc.route === 'revocation'
    return isRevoked ? this.#grants.end(id, 'revoked') : this.#endReused(id)
  }

  async upsert(): Promise<void> {
    throw new Error('Grants are made by people')
  }

  async findByUserCode(): Promise<undefined> {}
  async findByUid(): Promise<undefined> {}
  async consume(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}
