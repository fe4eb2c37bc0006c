import type { Endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'
import { acceptInvitation } from './accept-invitation.ts'
import { getSignUp } from './get-sign-up.ts'
import { lookAtInvitation } from './look-at-invitation.ts'
import { postForgotPassword } from './post-forgot-password.ts'
import { postPasskeyOptions } from './post-passkey-options.ts'
import { postPasskeySignIn } from './post-passkey-sign-in.ts'
import { postSecondFactor } from './post-second-factor.ts'
import { postSignUp } from './post-sign-up.ts'
import { resetPassword } from './reset-password.ts'
import { verifyEmail } from './verify-email.ts'

export function authEndpoints(context: IdentityRoutesContext): Endpoint[] {
  return [
    acceptInvitation(context),
    getSignUp(context),
    lookAtInvitation(context),
    postForgotPassword(context),
    postPasskeyOptions(context),
    postPasskeySignIn(context),
    postSecondFactor(context),
    postSignUp(context),
    resetPassword(context),
    verifyEmail(context),
  ]
}
