import type { Endpoint } from '#platform/http/endpoint.ts'
import { completeExternalSignIn } from './complete-external-sign-in.ts'
import { deleteAppGrant } from './delete-app-grant.ts'
import { deleteClient } from './delete-client.ts'
import { deleteExternalIdentity } from './delete-external-identity.ts'
import { deleteInitialAccessToken } from './delete-initial-access-token.ts'
import { getClient } from './get-client.ts'
import { getConsent } from './get-consent.ts'
import { getInteraction } from './get-interaction.ts'
import { listAppGrants } from './list-app-grants.ts'
import { listClients } from './list-clients.ts'
import { listExternalIdentities } from './list-external-identities.ts'
import { listInitialAccessTokens } from './list-initial-access-tokens.ts'
import { listSignInProviders } from './list-sign-in-providers.ts'
import { patchClient } from './patch-client.ts'
import { postClient } from './post-client.ts'
import { postClientSecret } from './post-client-secret.ts'
import { postConsent } from './post-consent.ts'
import { postInitialAccessToken } from './post-initial-access-token.ts'
import { postUserCode } from './post-user-code.ts'
import { postUserCodeDecision } from './post-user-code-decision.ts'
import { startExternalLink } from './start-external-link.ts'
import { startExternalSignIn } from './start-external-sign-in.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

export function oauthEndpoints(context: OAuthRoutesContext): Endpoint[] {
  return [
    completeExternalSignIn(context),
    deleteAppGrant(context),
    deleteClient(context),
    deleteExternalIdentity(context),
    deleteInitialAccessToken(context),
    getClient(context),
    getConsent(context),
    getInteraction(context),
    listAppGrants(context),
    listClients(context),
    listExternalIdentities(context),
    listInitialAccessTokens(context),
    listSignInProviders(context),
    patchClient(context),
    postClient(context),
    postClientSecret(context),
    postConsent(context),
    postInitialAccessToken(context),
    postUserCode(context),
    postUserCodeDecision(context),
    startExternalLink(context),
    startExternalSignIn(context),
  ]
}
