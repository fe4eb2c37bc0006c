import type { SignInAnswers } from '#features/identity/index.ts'
import type { Clients } from '../clients/clients.ts'
import type { InitialAccessTokens } from '../clients/initial-access-tokens.ts'
import type { ExternalSignIn } from '../external/external-sign-in.ts'
import type { AppGrants } from '../grants/app-grants.ts'
import type { Consents } from '../grants/consents.ts'
import type { DeviceApprovals } from '../grants/device-approvals.ts'

export interface OAuthRoutesContext {
  /** Where people reach the server, without a trailing slash. */
  readonly publicUrl: () => string
  readonly grants: AppGrants
  readonly clients: Clients
  readonly initialAccessTokens: InitialAccessTokens
  readonly consents: Consents
  readonly devices: DeviceApprovals
  readonly external: ExternalSignIn
  readonly signInAnswers: SignInAnswers
}
