import type { Endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'
import { deleteOtherSessions } from './delete-other-sessions.ts'
import { deletePasskey } from './delete-passkey.ts'
import { deleteSession } from './delete-session.ts'
import { deleteToken } from './delete-token.ts'
import { deleteTotp } from './delete-totp.ts'
import { getAccount } from './get-account.ts'
import { listPasskeys } from './list-passkeys.ts'
import { listSessions } from './list-sessions.ts'
import { listTokens } from './list-tokens.ts'
import { patchAccount } from './patch-account.ts'
import { patchPasskey } from './patch-passkey.ts'
import { postEmail } from './post-email.ts'
import { postRegistrationOptions } from './post-passkey-options.ts'
import { postPasskey } from './post-passkey.ts'
import { postProof } from './post-proof.ts'
import { postRecoveryCodes } from './post-recovery-codes.ts'
import { postToken } from './post-token.ts'
import { postTotp } from './post-totp.ts'
import { putPassword } from './put-password.ts'
import { putTotp } from './put-totp.ts'

export function accountEndpoints(context: IdentityRoutesContext): Endpoint[] {
  return [
    deleteOtherSessions(context),
    deletePasskey(context),
    deleteSession(context),
    deleteToken(context),
    deleteTotp(context),
    getAccount(context),
    listPasskeys(context),
    listSessions(context),
    listTokens(context),
    patchAccount(context),
    patchPasskey(context),
    postEmail(context),
    postRegistrationOptions(context),
    postPasskey(context),
    postProof(context),
    postRecoveryCodes(context),
    postToken(context),
    postTotp(context),
    putPassword(context),
    putTotp(context),
  ]
}
