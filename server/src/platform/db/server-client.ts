import pg from 'pg'
import { CommitOutcomeUnknownError, isUnavailable } from './database-errors.ts'
import { FrequentStatements, whyStale } from './frequent-statements.ts'
import { commits } from './marked-statements.ts'

type Query = (query: unknown, values?: unknown, callback?: unknown) => unknown

/** Only these have a plan to keep. */
const plannable = /^\s*(select|insert|update|delete|with)\b/i

const frequent = new FrequentStatements()

/** A connection that heeds the marks of statements, and prepares what is asked all the time; Kysely has no way to. */
export class ServerClient extends pg.Client {
  #isCommitted = false

  constructor(config?: string | pg.ClientConfig) {
    super(config)
    const query = this.query.bind(this) as Query
    this.query = ((text: unknown, values?: unknown, callback?: unknown) => {
      if (this.#isCommitted) return this.#afterCommit(text)
      if (typeof text !== 'string') return query(text, values, callback)
      if (commits(text)) return this.#commitWith(text, query)
      const isWorthIt = Array.isArray(values) && callback === undefined && plannable.test(text)
      const name = isWorthIt ? frequent.nameOf(text) : undefined
      return name === undefined
        ? query(text, values, callback)
        : this.#askPrepared({ name, text, values }, query)
    }) as pg.Client['query']
  }

  /** Within a transaction that failed so, asking again fails too, and the whole of it runs again. */
  async #askPrepared(
    prepared: { readonly name: string; readonly text: string; readonly values: unknown },
    query: Query,
  ): Promise<unknown> {
    const isInTransaction = this.getTransactionStatus() === 'T'
    try {
      return await query(prepared)
    } catch (error) {
      const why = whyStale(error)
      if (why === undefined) throw error
      if (why === 'changed') frequent.forget(prepared.text)
      else frequent.refuse()
      if (isInTransaction) throw error
      return query(prepared.text, prepared.values)
    }
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
