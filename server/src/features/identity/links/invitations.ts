import type { CreatedInvitation, Invitation, Invited, UserId } from '@cloudsync/protocol'
import type { SpaceDefaults } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import type { Outbox } from '#platform/mail/outbox.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { createAccount, type Accounts } from '../accounts.ts'
import type { Client } from '../client.ts'
import type { Passwords } from '../passwords.ts'
import type { SignedIn, SignIn } from '../sign-in.ts'
import { linkTtlMs, type AccountLink, type AccountLinks } from './account-links.ts'
import type { AccountMails } from './account-mails.ts'
import { admitsSignUp, readSignUpPolicy } from './sign-up-policy.ts'

export interface InvitationsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly accounts: Accounts
  readonly passwords: Passwords
  readonly signIn: SignIn
  readonly links: AccountLinks
  readonly mails: AccountMails
  readonly outbox: Outbox
  readonly spaceDefaults: SpaceDefaults | undefined
}

export interface Acceptance {
  readonly token: string
  readonly name: string
  readonly password: string
}

const joining = ['invitation', 'sign_up'] as const

/** From a link that was sent to an address to the account of who reads there. */
export class Invitations {
  readonly #options: InvitationsOptions

  constructor(options: InvitationsOptions) {
    this.#options = options
  }

  /** Throws `id_taken` when the address has an account. An earlier invitation of it is void. */
  async invite(email: string, invitedBy: UserId): Promise<CreatedInvitation> {
    const { db, accounts, links, mails, outbox } = this.#options
    const host = await accounts.findUser(invitedBy)
    const name = host?.name ?? ''
    return inTransaction(db, async (tx) => {
      const taken = await tx
        .selectFrom('users')
        .select('id')
        .where('email', '=', email)
        .executeTakeFirst()
      if (taken)
        throw new ProblemError('id_taken', { detail: 'The e-mail address has an account already' })
      await this.#revokeEarlier(tx, email)
      const link = await links.create(tx, { kind: 'invitation', email, createdBy: invitedBy })
      const ttlMs = linkTtlMs.invitation
      await outbox.queueMail(tx, mails.invitation({ email }, name, link.token), { ttlMs })
      await appendEvent(tx, {
        type: 'user.invited',
        actorId: invitedBy,
        payload: { invitationId: link.id, email },
      })
      return {
        id: link.id,
        email,
        state: 'open' as const,
        invitedBy: name,
        createdAt: link.createdAt.toISOString(),
        expiresAt: link.expiresAt.toISOString(),
        link: mails.link('join', link.token),
      }
    })
  }

  /** The latest first. */
  async list(after: string | undefined, limit: number): Promise<Invitation[]> {
    const { db, clock } = this.#options
    let query = db.kysely
      .selectFrom('account_links as link')
      .leftJoin('users as host', 'host.id', 'link.created_by')
      .select([
        'link.id',
        'link.email',
        'link.used_at as usedAt',
        'link.revoked_at as revokedAt',
        'link.created_at as createdAt',
        'link.expires_at as expiresAt',
        'host.name as invitedBy',
      ])
      .where('link.kind', '=', 'invitation')
      .orderBy('link.id', 'desc')
      .limit(limit)
    if (after !== undefined) query = query.where('link.id', '<', after)
    const now = clock.now()
    return (await query.execute()).map((row) => ({
      id: row.id,
      email: row.email,
      state: stateOf(row, now),
      invitedBy: row.invitedBy,
      createdAt: row.createdAt.toISOString(),
      expiresAt: row.expiresAt.toISOString(),
    }))
  }

  /** Throws `not_found`; to revoke again changes nothing. */
  async revoke(id: string, actorId: UserId): Promise<void> {
    const { db, clock } = this.#options
    await inTransaction(db, async (tx) => {
      const revoked = await tx
        .updateTable('account_links')
        .set((set) => ({ revoked_at: set.fn.coalesce('revoked_at', set.val(clock.now())) }))
        .where('id', '=', id)
        .where('kind', '=', 'invitation')
        .returning('email')
        .executeTakeFirst()
      if (!revoked) throw new ProblemError('not_found')
      const payload = { invitationId: id, email: revoked.email }
      await appendEvent(tx, { type: 'user.invitation_revoked', actorId, payload })
    })
  }

  /** Whom a link invites; throws `link_used`. */
  async look(token: string): Promise<Invited> {
    const { db, accounts } = this.#options
    const link = await this.#findUsable(token)
    if (await emailHasAccount(db, link.email)) throw new ProblemError('link_used')
    const host = link.createdBy === null ? undefined : await accounts.findUser(link.createdBy)
    return { email: link.email, invitedBy: host?.name ?? null }
  }

  /** Makes the account and signs in. Throws `link_used`, `password_too_common`. */
  async accept(acceptance: Acceptance, client: Client): Promise<SignedIn> {
    const { db, clock, passwords, links, signIn, spaceDefaults } = this.#options
    const { token, name, password } = acceptance
    // A wrong token must not cost us a password hash.
    await this.#findUsable(token)
    const passwordHash = await passwords.hash(password)
    return inTransaction(db, async (tx) => {
      const link = await links.consume(tx, token, joining)
      if (!link) throw new ProblemError('link_used')
      const { email } = link
      const emailVerifiedAt = clock.now()
      const account = { email, name, passwordHash, isAdmin: false, emailVerifiedAt, spaceDefaults }
      const user = await createAccount(tx, account)
      if (!user) throw new ProblemError('link_used')
      await links.useUpOthers(tx, email, joining)
      return signIn.startSession(tx, user.id, client)
    })
  }

  async #findUsable(token: string): Promise<AccountLink> {
    const { db, links } = this.#options
    const link = await links.find(db.kysely, token, joining)
    if (!link) throw new ProblemError('link_used')
    // Who asked for it themselves has to be admitted still.
    if (link.kind === 'sign_up' && !admitsSignUp(await readSignUpPolicy(db.kysely), link.email))
      throw new ProblemError('sign_up_closed')
    return link
  }

  async #revokeEarlier(tx: Parameters<AccountLinks['create']>[0], email: string): Promise<void> {
    await tx
      .updateTable('account_links')
      .set({ revoked_at: this.#options.clock.now() })
      .where('email', '=', email)
      .where('kind', '=', 'invitation')
      .where('used_at', 'is', null)
      .where('revoked_at', 'is', null)
      .execute()
  }
}

function stateOf(
  row: { usedAt: Date | null; revokedAt: Date | null; expiresAt: Date },
  now: Date,
): Invitation['state'] {
  if (row.usedAt) return 'accepted'
  if (row.revokedAt) return 'revoked'
  return row.expiresAt <= now ? 'expired' : 'open'
}

async function emailHasAccount(db: Database, email: string): Promise<boolean> {
  const user = await db.kysely
    .selectFrom('users')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirst()
  return user !== undefined
}
