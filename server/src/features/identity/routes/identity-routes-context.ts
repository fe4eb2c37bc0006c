import type { SpaceDefaults } from '#features/spaces/index.ts'
import type { Database } from '#platform/db/database.ts'
import type { DevMailbox } from '#platform/mail/dev-mailbox.ts'
import type { Accounts } from '../accounts.ts'
import type { FirstAccount } from '../first-account.ts'
import type { AccountParts } from '../open-accounts.ts'
import type { Passwords } from '../passwords.ts'
import type { Sessions } from '../sessions.ts'
import type { SignIn } from '../sign-in.ts'
import type { SignInAnswers } from '../sign-in-answers.ts'
import type { PersonalTokens } from '../tokens/personal-tokens.ts'

/** What the endpoints of identity work with. */
export interface IdentityRoutesContext extends AccountParts {
  readonly db: Database
  readonly accounts: Accounts
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly signInAnswers: SignInAnswers
  readonly firstAccount: FirstAccount
  readonly personalTokens: PersonalTokens
  /** Unset in earnest. */
  readonly mailbox: DevMailbox | undefined
  /** Of personal spaces. */
  readonly spaceDefaults: SpaceDefaults | undefined
}
