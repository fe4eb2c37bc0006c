import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { UserId } from '@cloudsync/protocol'
import { sql, type Kysely, type Transaction } from 'kysely'
import { z } from 'zod'
import { isUniqueViolation } from '../db/database-errors.ts'
import type { Database } from '../db/database.ts'
import { withNext } from '../db/marked-statements.ts'
import type { Schema } from '../db/schema.ts'
import { inTransaction } from '../db/transaction.ts'
import { ProblemError } from '../problem-error.ts'

/** A request that its sender may send again without doing it twice. */
export interface IdempotentRequest {
  readonly key: string
  /** Of all that tells the request from others. */
  readonly fingerprint: Uint8Array
}

/** How long an outcome is remembered. */
const rememberedDays = 30
/** How many requests of one person are, the latest. */
const rememberedRequests = 100_000

const keySchema = z.string().regex(/^[\x21-\x7e]{8,100}$/)

/**
 * The request of an `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header); `undefined`
 * without one. Throws `bad_request` for a key that is none.
 */
export function readIdempotentRequest(
  raw: IncomingMessage,
  parts: Readonly<Record<string, unknown>>,
): IdempotentRequest | undefined {
  const header = raw.headers['idempotency-key']
  if (header === undefined) return undefined
  const key = keySchema.safeParse(header)
  if (!key.success)
    throw new ProblemError('bad_request', {
      detail: 'An idempotency key has 8 to 100 printable ASCII characters',
    })
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([raw.method, parts]))
    .digest()
  return { key: key.data, fingerprint }
}

/** What the request has given before. Throws `idempotency_mismatch` when the key was another's. */
export async function findOutcome<Outcome extends object>(
  tx: Kysely<Schema>,
  userId: UserId,
  { key, fingerprint }: IdempotentRequest,
): Promise<Outcome | undefined> {
  const row = await tx
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'outcome'])
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .executeTakeFirst()
  if (row && Buffer.compare(row.fingerprint, fingerprint) !== 0)
    throw new ProblemError('idempotency_mismatch')
  return row?.outcome as Outcome | undefined
}

/** The transaction throws a unique violation when the same request has been faster elsewhere. */
export async function keepOutcome(
  tx: Kysely<Schema>,
  userId: UserId,
  { key, fingerprint }: IdempotentRequest,
  { outcome, at }: { readonly outcome: object; readonly at: Date },
): Promise<void> {
  await sql`${withNext} INSERT INTO idempotency_keys (user_id, key, fingerprint, outcome, created_at)
    VALUES (${userId}, ${key}, ${fingerprint}, ${JSON.stringify(outcome)}, ${at})`.execute(tx)
}

/**
 * Does `work` in a transaction, once for a request that has a key, however often and at once it comes; gives what
 * it gave, which has to survive JSON. Throws `idempotency_mismatch`.
 */
export async function doOnce<Outcome extends object>(
  db: Database,
  { userId, request }: { readonly userId: UserId; readonly request: IdempotentRequest | undefined },
  work: (tx: Transaction<Schema>) => Promise<Outcome>,
): Promise<Outcome> {
  const run = async () => {
    const outcome = await inTransaction(db, async (tx): Promise<object> => {
      const kept = request && (await findOutcome<Outcome>(tx, userId, request))
      if (kept) return kept
      const made = await work(tx)
      if (request) await keepOutcome(tx, userId, request, { outcome: made, at: new Date() })
      return made
    })
    return outcome as Outcome
  }
  try {
    return await run()
  } catch (error) {
    // The same request was faster elsewhere.
    if (!isUniqueViolation(error, 'idempotency_keys_pkey')) throw error
    return await run()
  }
}

export async function forgetOldKeys(db: Kysely<Schema>, now: Date): Promise<void> {
  const before = new Date(now.getTime() - rememberedDays * 86_400_000)
  await db.deleteFrom('idempotency_keys').where('created_at', '<', before).execute()
  await sql`
    WITH busy AS (
      SELECT user_id FROM idempotency_keys GROUP BY user_id HAVING count(*) > ${rememberedRequests}
    ), surplus AS (
      SELECT older.* FROM busy CROSS JOIN LATERAL (
        SELECT user_id, key FROM idempotency_keys WHERE user_id = busy.user_id
        ORDER BY created_at DESC, key OFFSET ${rememberedRequests}
      ) older
    )
    DELETE FROM idempotency_keys kept USING surplus
    WHERE kept.user_id = surplus.user_id AND kept.key = surplus.key`.execute(db)
}
