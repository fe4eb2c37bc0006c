import type { TotpSetUp, UserId } from '@cloudsync/protocol'
import { seal, unseal } from '@cloudsync/storage'
import type { Kysely, Transaction } from 'kysely'
import { Secret, TOTP } from 'otpauth'
import type { Clock } from '#platform/clock.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { KeyRing } from '#platform/keys/key-ring.ts'

export interface TotpSecretsOptions {
  readonly keys: Pick<KeyRing, 'currentKey' | 'getKey'>
  readonly clock: Clock
}

const periodSeconds = 30
/** Steps before and after the present one whose codes are taken: clocks differ, and typing takes time (RFC 6238 §5.2). */
const window = 1

/**
 * Codes of authenticator apps (RFC 6238: SHA-1, 6 digits, 30 s, as all apps know them). Secrets are sealed:
 * key `totp:<user>`, context `totp <user>`, the 20 bytes as they are.
 */
export class TotpSecrets {
  readonly #options: TotpSecretsOptions

  constructor(options: TotpSecretsOptions) {
    this.#options = options
  }

  /** Makes a secret that counts once a code of it was seen. One that counts already stays: `undefined`. */
  async begin(
    tx: Transaction<Schema>,
    userId: UserId,
    label: string,
  ): Promise<TotpSetUp | undefined> {
    const { keys, clock } = this.#options
    const secret = new Secret({ size: 20 })
    const { id: keyId, key } = keys.currentKey(purposeOf(userId))
    const stored = {
      sealed: seal(key, new Uint8Array(secret.buffer), contextOf(userId)),
      key_id: keyId,
      created_at: clock.now(),
    }
    const written = await tx
      .insertInto('totp_secrets')
      .values({ user_id: userId, ...stored })
      .onConflict((conflict) =>
        conflict
          .column('user_id')
          .doUpdateSet({ ...stored, last_step: 0 })
          .where('totp_secrets.confirmed_at', 'is', null),
      )
      .returning('user_id')
      .executeTakeFirst()
    if (!written) return undefined
    return { uri: totpOf(secret, label).toString(), secret: secret.base32 }
  }

  /** The first code makes a secret count; gives whether it was right. */
  async confirm(tx: Transaction<Schema>, userId: UserId, code: string): Promise<boolean> {
    if (!(await this.#take(tx, userId, code, false))) return false
    await tx
      .updateTable('totp_secrets')
      .set({ confirmed_at: this.#options.clock.now() })
      .where('user_id', '=', userId)
      .execute()
    return true
  }

  /** Whether a code is right, and was not taken before. */
  take(tx: Transaction<Schema>, userId: UserId, code: string): Promise<boolean> {
    return this.#take(tx, userId, code, true)
  }

  async remove(tx: Transaction<Schema>, userId: UserId): Promise<boolean> {
    const removed = await tx
      .deleteFrom('totp_secrets')
      .where('user_id', '=', userId)
      .returning('confirmed_at')
      .executeTakeFirst()
    return removed !== undefined && removed.confirmed_at !== null
  }

  async #take(
    tx: Transaction<Schema>,
    userId: UserId,
    code: string,
    isConfirmed: boolean,
  ): Promise<boolean> {
    const row = await tx
      .selectFrom('totp_secrets')
      .select(['sealed', 'key_id', 'confirmed_at'])
      .where('user_id', '=', userId)
      .executeTakeFirst()
    if (!row || (row.confirmed_at !== null) !== isConfirmed) return false
    const key = await this.#options.keys.getKey(row.key_id, purposeOf(userId))
    const bytes = unseal(key, row.sealed, contextOf(userId))
    const secret = new Secret({ buffer: new Uint8Array(bytes).buffer })
    const timestamp = this.#options.clock.now().getTime()
    const delta = totpOf(secret, '').validate({ token: code, timestamp, window })
    if (delta === null) return false
    return this.#advance(tx, userId, Math.floor(timestamp / 1000 / periodSeconds) + delta)
  }

  /** A code is good once (RFC 6238 §5.2): of several requests with it the update lets one through. */
  async #advance(tx: Transaction<Schema>, userId: UserId, step: number): Promise<boolean> {
    const { numUpdatedRows } = await tx
      .updateTable('totp_secrets')
      .set({ last_step: step })
      .where('user_id', '=', userId)
      .where('last_step', '<', step)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }
}

export async function hasTotp(db: Kysely<Schema>, userId: UserId): Promise<boolean> {
  const row = await db
    .selectFrom('totp_secrets')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst()
  return row !== undefined
}

function totpOf(secret: Secret, label: string): TOTP {
  return new TOTP({ issuer: 'CloudSync', label, secret, period: periodSeconds })
}

function purposeOf(userId: UserId): string {
  return `totp:${userId}`
}

function contextOf(userId: UserId): Uint8Array {
  return Buffer.from(`totp ${userId}`)
}
