import type { Request } from 'express'
import type { SpaceDefaults } from '#features/spaces/index.ts'
import type { Database } from '#platform/db/database.ts'
import type { Accounts } from '../accounts.ts'
import type { FirstAccount } from '../first-account.ts'
import type { Passwords } from '../passwords.ts'
import type { Sessions } from '../sessions.ts'
import type { SignIn } from '../sign-in.ts'

/** What the endpoints of identity work with. */
export interface IdentityRoutesContext {
  readonly db: Database
  readonly accounts: Accounts
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly firstAccount: FirstAccount
  /** Of personal spaces. */
  readonly spaceDefaults: SpaceDefaults | undefined
}

export function userAgentOf(request: Request): string {
  return request.headers['user-agent'] ?? ''
}
