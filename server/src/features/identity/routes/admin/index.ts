import type { Endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'
import { deleteInvitation } from './delete-invitation.ts'
import { deleteSecondFactor } from './delete-second-factor.ts'
import { deleteServiceToken } from './delete-service-token.ts'
import { deleteAdminSession } from './delete-session.ts'
import { deleteUserSessions } from './delete-user-sessions.ts'
import { getAdminUser } from './get-account.ts'
import { getMailbox } from './get-mailbox.ts'
import { getSecondFactorPolicy } from './get-second-factor-policy.ts'
import { getSignUpPolicy } from './get-sign-up-policy.ts'
import { listAccounts } from './list-accounts.ts'
import { listInvitations } from './list-invitations.ts'
import { listServiceTokens } from './list-service-tokens.ts'
import { listAdminSessions } from './list-sessions.ts'
import { patchAdminUser } from './patch-account.ts'
import { postInvitation } from './post-invitation.ts'
import { postResetLink } from './post-reset-link.ts'
import { postServiceAccount } from './post-service-account.ts'
import { postServiceToken } from './post-service-token.ts'
import { putSecondFactorPolicy } from './put-second-factor-policy.ts'
import { putSignUpPolicy } from './put-sign-up-policy.ts'

export function adminEndpoints(context: IdentityRoutesContext): Endpoint[] {
  return [
    deleteAdminSession(context),
    deleteInvitation(context),
    deleteSecondFactor(context),
    deleteServiceToken(context),
    deleteUserSessions(context),
    getAdminUser(context),
    getMailbox(context),
    getSecondFactorPolicy(context),
    getSignUpPolicy(context),
    listAccounts(context),
    listAdminSessions(context),
    listInvitations(context),
    listServiceTokens(context),
    patchAdminUser(context),
    postInvitation(context),
    postResetLink(context),
    postServiceAccount(context),
    postServiceToken(context),
    putSecondFactorPolicy(context),
    putSignUpPolicy(context),
  ]
}
