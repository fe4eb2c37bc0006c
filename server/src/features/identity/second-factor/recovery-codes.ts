import type { UserId } from '@cloudsync/protocol'
import { randomInt } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { hashSecret } from '#platform/secret-token.ts'

const count = 10
/** Crockford's base 32: nothing that looks like something else. 16 of them are 80 bits, too many to try a fast hash on. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const length = 16

/** New codes in the place of all earlier ones; they are stored as hashes, and told here only. */
export async function replaceRecoveryCodes(
  tx: Transaction<Schema>,
  userId: UserId,
): Promise<string[]> {
  const codes = Array.from({ length: count }, makeCode)
  await removeRecoveryCodes(tx, userId)
  await tx
    .insertInto('recovery_codes')
    .values(codes.map((code) => ({ user_id: userId, code_hash: hashCode(code) })))
    .execute()
  return codes
}

/** Uses a code up; of several requests with it one gets `true`. */
export async function takeRecoveryCode(
  tx: Transaction<Schema>,
  userId: UserId,
  code: string,
): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('code_hash', '=', hashCode(code))
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export async function removeRecoveryCodes(tx: Transaction<Schema>, userId: UserId): Promise<void> {
  await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
}

export async function countRecoveryCodes(db: Kysely<Schema>, userId: UserId): Promise<number> {
  const row = await db
    .selectFrom('recovery_codes')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** In groups of four. */
function makeCode(): string {
  const signs = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
  return signs.match(/.{4}/g)?.join('-') ?? signs
}

/** As it was typed: in any case, with and without the hyphens, and with an O for a 0. */
function hashCode(code: string): Buffer {
  const signs = code
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  return hashSecret(signs)
}
