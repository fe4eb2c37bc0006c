import { isForeignKeyViolation } from '#platform/db/database-errors.ts'
import { ProblemError } from '#platform/problem-error.ts'

/**
 * Runs a transaction that writes versions. Throws a retryable `unavailable` when the bytes of one were collected
 * already, their lease having ended: that is told no sooner than the row is sent, with some later statement.
 */
export async function unlessCollected<Result>(transaction: () => Promise<Result>): Promise<Result> {
  try {
    return await transaction()
  } catch (cause) {
    if (!isForeignKeyViolation(cause, 'versions_content')) throw cause
    throw new ProblemError('unavailable', { cause })
  }
}
