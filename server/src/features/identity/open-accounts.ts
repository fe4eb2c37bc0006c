import type { Logger } from 'pino'
import type { SpaceDefaults } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { KeyRing } from '#platform/keys/key-ring.ts'
import type { MailService } from '#platform/mail/open-mail.ts'
import type { RedisLink } from '#platform/redis/redis-link.ts'
import type { Accounts } from './accounts.ts'
import { Administration } from './admin/administration.ts'
import { SessionAdministration } from './admin/session-administration.ts'
import type { Challenges } from './challenges.ts'
import { AccountLinks } from './links/account-links.ts'
import { AccountMails } from './links/account-mails.ts'
import { EmailChanges } from './links/email-changes.ts'
import { Invitations } from './links/invitations.ts'
import { PasswordChanges } from './links/password-changes.ts'
import { SignUp } from './links/sign-up.ts'
import { PasskeySignIn } from './passkeys/passkey-sign-in.ts'
import { Passkeys } from './passkeys/passkeys.ts'
import type { Passwords } from './passwords.ts'
import { Profiles } from './profiles.ts'
import type { RememberedPeople } from './remembered-people.ts'
import { Proofs } from './proofs.ts'
import { SecondFactorDemand } from './second-factor/second-factor-demand.ts'
import { SecondFactors } from './second-factor/second-factors.ts'
import { SecondStep } from './second-factor/second-step.ts'
import { TotpSecrets } from './second-factor/totp.ts'
import { SessionList } from './session-list.ts'
import type { Sessions } from './sessions.ts'
import type { SignIn } from './sign-in.ts'
import type { SignInLimits } from './sign-in-limits.ts'

export interface AccountPartsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly keys: Pick<KeyRing, 'currentKey' | 'getKey'>
  readonly mail: Pick<MailService, 'outbox' | 'worker'>
  /** Where people reach the server, without a trailing slash. */
  readonly publicUrl: () => string
  readonly accounts: Accounts
  readonly people: Pick<RememberedPeople, 'changed'>
  readonly passwords: Passwords
  readonly limits: SignInLimits
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly challenges: Challenges
  readonly spaceDefaults: SpaceDefaults | undefined
  readonly redis?: RedisLink | undefined
}

/** What accounts are made, kept safe and looked after with. */
export function openAccountParts(options: AccountPartsOptions) {
  const { clock, mail } = options
  const links = new AccountLinks(clock)
  const mails = new AccountMails(options.publicUrl)
  const parts = { ...options, links, mails, outbox: mail.outbox }
  const totp = new TotpSecrets(options)
  const passkeys = new Passkeys(parts)
  const signUp = new SignUp(parts)
  const passwordChanges = new PasswordChanges(parts)
  const emailChanges = new EmailChanges(parts)
  for (const part of [signUp, passwordChanges, emailChanges]) part.answerRequests(mail.worker)
  const proofs = new Proofs(options)
  return {
    challenges: options.challenges,
    passkeySignIn: new PasskeySignIn({ ...parts, passkeys }),
    profiles: new Profiles({ ...parts, proofs }),
    invitations: new Invitations(parts),
    signUp,
    passwordChanges,
    emailChanges,
    passkeys,
    proofs,
    secondFactorDemand: new SecondFactorDemand(options),
    secondFactors: new SecondFactors({ ...parts, totp }),
    secondStep: new SecondStep({ ...parts, totp, passkeys }),
    sessionList: new SessionList(options),
    administration: new Administration(parts),
    sessionAdministration: new SessionAdministration(options),
  }
}

export type AccountParts = ReturnType<typeof openAccountParts>
