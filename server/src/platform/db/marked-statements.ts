import { sql, type RawBuilder } from 'kysely'
import pg from 'pg'
import { CommitOutcomeUnknownError, isUnavailable } from './database-errors.ts'

const prepared = /^\s*\/\* prepared as ([a-z-]+) \*\//
const committing = /^\s*\/\* with commit \*\//

/**
 * Begins a statement that each connection parses once and, if that costs no more, plans once: for what is
 * asked all the time and whose plan takes longer than its work. A name is of one text.
 */
export function preparedAs(name: string): RawBuilder<unknown> {
  return sql.raw(`/* prepared as ${name} */`)
}

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

type Query = (query: unknown, values?: unknown, callback?: unknown) => unknown

/** A connection that heeds these marks; Kysely has no way to. */
export class MarkedClient extends pg.Client {
  #isCommitted = false

  constructor(config?: string | pg.ClientConfig) {
    super(config)
    const query = this.query.bind(this) as Query
    this.query = ((text: unknown, values?: unknown, callback?: unknown) => {
      if (this.#isCommitted) return this.#afterCommit(text)
      if (typeof text !== 'string') return query(text, values, callback)
      if (commits(text)) return this.#commitWith(text, query)
      const name = prepared.exec(text)?.[1]
      return name === undefined
        ? query(text, values, callback)
        : query({ name, text, values }, callback)
    }) as pg.Client['query']
  }

  async #commitWith(text: string, query: Query): Promise<pg.QueryResult | undefined> {
    try {
      const [result] = (await query(`${text};\ncommit`)) as pg.QueryResult[]
      this.#isCommitted = true
      return result
    } catch (error) {
      throw isUnavailable(error) && !isLockTimeout(error)
        ? new CommitOutcomeUnknownError(error)
        : error
    }
  }

  /** Kysely's own commit, which has nothing left to do; anything else would be in no transaction. */
  async #afterCommit(text: unknown): Promise<{ command: string; rows: [] }> {
    this.#isCommitted = false
    if (text !== 'commit') throw new Error('The transaction is committed already')
    return { command: 'COMMIT', rows: [] }
  }
}

/** What the statement itself ran into; a commit waits for no lock. */
function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '55P03'
}
