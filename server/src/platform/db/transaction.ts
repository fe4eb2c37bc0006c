import { setTimeout as pause } from 'node:timers/promises'
import type { Compilable, Kysely, Transaction } from 'kysely'
import { isConflict } from './database-errors.ts'
import type { Database } from './database.ts'
import type { Schema } from './schema.ts'

export interface TransactionOptions {
  /** Default: read committed. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
  /** How often it runs at most, while it loses against others. Default 5. */
  readonly attempts?: number
}

const DEFAULT_ATTEMPTS = 5
const FIRST_RETRY_DELAY_MS = 5

/** What only lives within its transaction: the handle, and a query that was not executed. */
type Bound = Kysely<Schema> | Compilable

type BoundIn<Result> =
  | Extract<Result, Bound>
  | (Result extends object ? Extract<Result[keyof Result], Bound> : never)

/** Makes it a type error to return what is bound to the transaction. */
type Unbound<Result> = [BoundIn<Result>] extends [never]
  ? unknown
  : 'a transaction cannot hand out its handle, or a query that was not executed'

/**
 * Runs `work` in a transaction and commits it: when this resolves, it is written. When `work` throws,
 * nothing is. It runs again from its start after a deadlock or a serialization failure (40P01, 40001),
 * so it must change nothing but the database.
 *
 * Throws the error of `work` or of the database; `CommitOutcomeUnknownError` when the connection broke
 * during the commit. After a swallowed failure of a statement PostgreSQL cannot commit, and this throws.
 */
export async function inTransaction<Result>(
  db: Database,
  work: ((tx: Transaction<Schema>) => Promise<Result>) & Unbound<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  const attempts = options.attempts ?? DEFAULT_ATTEMPTS
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transactions.run(() => {
        const transaction = db.kysely.transaction()
        return (
          options.isolation === undefined
            ? transaction
            : transaction.setIsolationLevel(options.isolation)
        ).execute(work)
      })
    } catch (error) {
      if (attempt >= attempts || !isConflict(error)) throw error
      await pause(FIRST_RETRY_DELAY_MS * 2 ** (attempt - 1))
    }
  }
}
