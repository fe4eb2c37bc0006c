import { sql, type RawBuilder } from 'kysely'

const committing = /^\s*\/\* with commit \*\//

/**
 * Begins the last statement of a transaction, which the commit follows in the same message: what it locks is not held
 * while the answer is on its way to us and the commit on its way back. It takes no parameters (`sql.lit`), and whoever
 * makes it does nothing behind it that could fail. When it resolves, the transaction is committed; it throws as a commit.
 */
export const withCommit: RawBuilder<unknown> = sql.raw('/* with commit */')

/** Whether a statement is so marked: where its connection breaks, nobody knows whether it was committed. */
export function commits(statement: unknown): boolean {
  return typeof statement === 'string' && committing.test(statement)
}
