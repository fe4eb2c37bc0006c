import {
  oauthScopes,
  type NewOAuthClient,
  type OAuthClient,
  type OAuthClientPatch,
} from '@cloudsync/protocol'
import { z } from 'zod'

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** What we read of a client's metadata (RFC 7591 §2); `oidc-provider` checks it all. */
export const metadataSchema = z.looseObject({
  client_name: z.string().optional(),
  application_type: z.string().optional(),
  token_endpoint_auth_method: z.string().optional(),
  redirect_uris: z.array(z.string()).optional(),
  scope: z.string().optional(),
})
export type ClientMetadata = z.infer<typeof metadataSchema>

/** What an administrator says of a client, in the words of RFC 7591. */
export function toMetadata(client: NewOAuthClient): ClientMetadata {
  const hasRedirects = client.redirectUris.length > 0
  return {
    client_name: client.name,
    application_type: client.kind === 'native' ? 'native' : 'web',
    token_endpoint_auth_method: client.kind === 'web' ? 'client_secret_basic' : 'none',
    redirect_uris: client.redirectUris,
    response_types: hasRedirects ? ['code'] : [],
    grant_types: [
      ...(hasRedirects ? ['authorization_code'] : []),
      'refresh_token',
      ...(client.kind === 'native' ? [deviceGrant] : []),
    ],
    scope: [...new Set(client.scopes)].join(' '),
  }
}

/** What is not to be changed stays as the client itself has told it. */
export function patchMetadata(
  metadata: Record<string, unknown>,
  { name, redirectUris, scopes }: OAuthClientPatch,
): Record<string, unknown> {
  return {
    ...metadata,
    ...(name === undefined ? {} : { client_name: name }),
    ...(redirectUris === undefined ? {} : { redirect_uris: redirectUris }),
    ...(scopes === undefined ? {} : { scope: [...new Set(scopes)].join(' ') }),
  }
}

export interface ClientRow {
  readonly id: string
  readonly metadata: Record<string, unknown>
  readonly origin: OAuthClient['origin']
  readonly created_at: Date
}

export function presentClient(row: ClientRow): OAuthClient {
  const metadata = metadataSchema.parse(row.metadata)
  const scopes = metadata.scope?.split(' ') ?? []
  return {
    id: row.id,
    name: metadata.client_name ?? row.id,
    kind: kindOf(metadata),
    redirectUris: metadata.redirect_uris ?? [],
    scopes: oauthScopes.filter((scope) => scopes.includes(scope)),
    origin: row.origin,
    createdAt: row.created_at.toISOString(),
  }
}

function kindOf(metadata: ClientMetadata): OAuthClient['kind'] {
  if (metadata.application_type === 'native') return 'native'
  return metadata.token_endpoint_auth_method === 'none' ? 'browser' : 'web'
}
