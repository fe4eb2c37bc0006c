import type { Passkey, PasskeyOptions, UserId } from '@cloudsync/protocol'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { sql } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { isUniqueViolation } from '#platform/db/database-errors.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import type { Caller } from '#platform/http/caller.ts'
import type { Outbox } from '#platform/mail/outbox.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Challenges } from '../challenges.ts'
import type { AccountMails } from '../links/account-mails.ts'
import { endOthers } from '../second-factor/end-others.ts'
import { readFactors } from '../second-factor/second-factor-policy.ts'
import type { Sessions } from '../sessions.ts'

export interface PasskeysOptions {
  readonly db: Database
  readonly clock: Clock
  readonly challenges: Challenges
  readonly mails: AccountMails
  readonly outbox: Outbox
  readonly sessions: Sessions
  readonly publicUrl: () => string
}

/** What a browser answers to a challenge of ours. Its shape is the library's to check. */
export interface PasskeyAnswer {
  readonly challenge: string
  readonly response: { readonly id: string }
}

export interface NewPasskey extends PasskeyAnswer {
  readonly name: string
}

/** Loaded by the first who uses it: it is large, and a server starts without it. */
const loadWebauthn = () => import('@simplewebauthn/server')

const noticeTtlMs = 3 * 24 * 3600 * 1000
const maxPasskeys = 50

/**
 * Passkeys (WebAuthn Level 3). They belong to the host of `PUBLIC_URL`, and an answer counts only when it was
 * given on a page of that origin. Each challenge is good for one answer, right or wrong.
 */
export class Passkeys {
  readonly #options: PasskeysOptions

  constructor(options: PasskeysOptions) {
    this.#options = options
  }

  async list(userId: UserId): Promise<Passkey[]> {
    const rows = await this.#options.db.kysely
      .selectFrom('passkeys')
      .select(['id', 'name', 'created_at', 'last_used_at'])
      .where('user_id', '=', userId)
      .orderBy('created_at')
      .execute()
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      createdAt: row.created_at.toISOString(),
      lastUsedAt: row.last_used_at?.toISOString() ?? null,
    }))
  }

  async beginRegistration(userId: UserId): Promise<PasskeyOptions> {
    const { db, challenges } = this.#options
    const user = await db.kysely
      .selectFrom('users')
      .select(['email', 'name'])
      .where('id', '=', userId)
      .executeTakeFirstOrThrow()
    const known = await this.#credentialsOf(userId)
    if (known.length >= maxPasskeys)
      throw new ProblemError('forbidden', { detail: 'Remove one first' })
    const { generateRegistrationOptions } = await loadWebauthn()
    const options = await generateRegistrationOptions({
      rpName: 'CloudSync',
      rpID: this.#host(),
      userName: user.email,
      userDisplayName: user.name,
      userID: new Uint8Array(Buffer.from(userId)),
      attestationType: 'none',
      excludeCredentials: known,
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
    const webauthn = options.challenge
    const kind = 'passkey_registration'
    return {
      challenge: await challenges.create(db.kysely, { kind, userId, webauthn }),
      options: { ...options },
    }
  }

  /** Throws `wrong_passkey`. */
  async register(caller: Caller, { challenge, name, response }: NewPasskey): Promise<Passkey> {
    const { db, clock, challenges, mails, outbox, sessions } = this.#options
    const { userId } = caller
    const begun = await challenges.consume(db.kysely, challenge, 'passkey_registration')
    if (begun?.userId !== userId || begun.webauthn === null) throw refused()
    const credential = await this.#readRegistration(response, begun.webauthn)
    const now = clock.now()
    try {
      const ends = await inTransaction(db, async (tx) => {
        const user = await tx
          .selectFrom('users')
          .select(['email', 'name'])
          .where('id', '=', userId)
          .forUpdate()
          .executeTakeFirstOrThrow()
        const ended = await endOthers(tx, sessions, caller)
        await tx
          .insertInto('passkeys')
          .values({
            id: credential.id,
            user_id: userId,
            name,
            public_key: credential.publicKey,
            counter: credential.counter,
            transports: credential.transports ?? [],
            created_at: now,
          })
          .execute()
        const what = `The passkey “${name}” was added`
        const payload = { userId, what }
        await appendEvent(tx, { type: 'user.security_changed', actorId: userId, payload })
        await outbox.queueMail(tx, mails.secondFactor(user, what), { ttlMs: noticeTtlMs })
        return ended
      })
      sessions.announceEnds(ends)
    } catch (error) {
      if (isUniqueViolation(error)) throw refused(error)
      throw error
    }
    return { id: credential.id, name, createdAt: now.toISOString(), lastUsedAt: null }
  }

  /** With `userId`: one of theirs is asked for; without: any that the browser has for this site. */
  async beginSignIn(userId?: UserId): Promise<PasskeyOptions> {
    const { db, challenges } = this.#options
    const { generateAuthenticationOptions } = await loadWebauthn()
    const options = await generateAuthenticationOptions({
      rpID: this.#host(),
      userVerification: userId === undefined ? 'required' : 'preferred',
      ...(userId === undefined ? {} : { allowCredentials: await this.#credentialsOf(userId) }),
    })
    const webauthn = options.challenge
    const kind = 'passkey_sign_in'
    return {
      challenge: await challenges.create(db.kysely, { kind, userId, webauthn }),
      options: { ...options },
    }
  }

  /**
   * Whose passkey it is. As a second factor (`userId`) it has to be theirs; alone it has to have made sure
   * itself of who is there, and so is two factors. Throws `wrong_passkey`.
   */
  async verify({ challenge, response }: PasskeyAnswer, of: { userId?: UserId }): Promise<UserId> {
    const { db, challenges } = this.#options
    const begun = await challenges.consume(db.kysely, challenge, 'passkey_sign_in')
    if (!begun || begun.webauthn === null || begun.userId !== (of.userId ?? null)) throw refused()
    const passkey = await db.kysely
      .selectFrom('passkeys')
      .selectAll()
      .where('id', '=', response.id)
      .executeTakeFirst()
    if (!passkey || (of.userId !== undefined && passkey.user_id !== of.userId)) throw refused()
    const counter = await this.#readAnswer(response, begun.webauthn, {
      passkey: {
        id: passkey.id,
        publicKey: new Uint8Array(passkey.public_key),
        counter: Number(passkey.counter),
      },
      isAlone: of.userId === undefined,
    })
    await this.#advance(passkey.id, counter)
    return passkey.user_id
  }

  /** Throws `not_found`. */
  async rename(userId: UserId, id: string, name: string): Promise<void> {
    const renamed = await this.#options.db.kysely
      .updateTable('passkeys')
      .set({ name })
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .returning('id')
      .executeTakeFirst()
    if (!renamed) throw new ProblemError('not_found')
  }

  /** Throws `not_found` and `last_second_factor`. */
  async remove(userId: UserId, id: string): Promise<void> {
    await inTransaction(this.#options.db, async (tx) => {
      // Two who take away the last but one wait here for one another.
      await tx.selectFrom('users').select('id').where('id', '=', userId).forUpdate().execute()
      const removed = await tx
        .deleteFrom('passkeys')
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .returning('id')
        .executeTakeFirst()
      if (!removed) throw new ProblemError('not_found')
      const { isDemanded, hasApp, passkeyCount } = await readFactors(tx, userId)
      if (isDemanded && !hasApp && passkeyCount === 0) throw new ProblemError('last_second_factor')
    })
  }

  /** A counter that does not grow tells of a copy of the authenticator (WebAuthn Level 3 §6.1.1); many always say 0. */
  async #advance(id: string, counter: number): Promise<void> {
    const advanced = await this.#options.db.kysely
      .updateTable('passkeys')
      .set({ counter, last_used_at: this.#options.clock.now() })
      .where('id', '=', id)
      .where(sql<boolean>`(counter < ${counter} OR (counter = 0 AND ${counter} = 0))`)
      .returning('id')
      .executeTakeFirst()
    if (!advanced) throw refused()
  }

  async #readRegistration(response: PasskeyAnswer['response'], expectedChallenge: string) {
    const { verifyRegistrationResponse } = await loadWebauthn()
    try {
      const { registrationInfo } = await verifyRegistrationResponse({
        response: response as RegistrationResponseJSON,
        expectedChallenge,
        expectedOrigin: this.#origin(),
        expectedRPID: this.#host(),
        requireUserVerification: true,
      })
      if (registrationInfo) return registrationInfo.credential
    } catch (error) {
      throw refused(error)
    }
    throw refused()
  }

  async #readAnswer(
    response: PasskeyAnswer['response'],
    expectedChallenge: string,
    of: {
      passkey: { id: string; publicKey: Uint8Array<ArrayBuffer>; counter: number }
      isAlone: boolean
    },
  ): Promise<number> {
    const { verifyAuthenticationResponse } = await loadWebauthn()
    try {
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: response as AuthenticationResponseJSON,
        expectedChallenge,
        expectedOrigin: this.#origin(),
        expectedRPID: this.#host(),
        credential: of.passkey,
        requireUserVerification: of.isAlone,
      })
      if (verified) return authenticationInfo.newCounter
    } catch (error) {
      throw refused(error)
    }
    throw refused()
  }

  #credentialsOf(userId: UserId): Promise<{ id: string }[]> {
    return this.#options.db.kysely
      .selectFrom('passkeys')
      .select('id')
      .where('user_id', '=', userId)
      .execute()
  }

  #origin(): string {
    return new URL(this.#options.publicUrl()).origin
  }

  #host(): string {
    return new URL(this.#options.publicUrl()).hostname
  }
}

function refused(cause?: unknown): ProblemError {
  return new ProblemError('wrong_passkey', { cause })
}
