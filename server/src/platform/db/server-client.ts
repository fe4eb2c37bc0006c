import pg from 'pg'
import { CommitOutcomeUnknownError, isUnavailable } from './database-errors.ts'
import { FrequentStatements, whyStale } from './frequent-statements.ts'
import { unmarked } from './marked-statements.ts'
import { StatementGroup, type GroupedStatement } from './statement-group.ts'

type Query = (query: unknown, values?: unknown, callback?: unknown) => unknown

/** Only these have a plan to keep. */
const plannable = /^\s*(select|insert|update|delete|with)\b/i

/** As Kysely begins transactions. */
const beginning = /^(begin|start transaction\b.*)$/

const frequent = new FrequentStatements()

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

const commit: Statement = { text: 'commit', values: [] }

/**
 * A connection that prepares what is asked all the time, and sends what may go together in one message; Kysely has no way
 * to. A transaction begins with its first statement, so that no way to the database and back is made for that alone. What
 * statements are marked for: `marked-statements.ts`.
 */
export class ServerClient extends pg.Client {
  readonly #query: Query
  readonly #types: pg.CustomTypesConfig
  /** Of the transaction under way, what is not sent yet; its beginning too. */
  #waiting: Statement[] | undefined
  /** A statement has committed the transaction, whose end was not asked for yet. */
  #isCommitted = false

  constructor(config?: string | pg.ClientConfig) {
    super(config)
    this.#types = (typeof config === 'object' ? config.types : undefined) ?? pg.types
    this.#query = this.query.bind(this) as Query
    this.query = ((query: unknown, values?: unknown, callback?: unknown) =>
      this.#ask(query, values, callback)) as pg.Client['query']
  }

  #ask(query: unknown, values: unknown, callback: unknown): unknown {
    if (this.#isCommitted) return this.#afterCommit(query)
    if (typeof query === 'string' && callback === undefined) {
      if (beginning.test(query)) return this.#begin(query)
      if (this.#waiting) return this.#askWithin(this.#waiting, query, values)
      return this.#askAlone(unmarked(query).text, values)
    }
    if (!this.#waiting?.length) return this.#query(query, values, callback)
    throw new Error('Such a statement cannot be asked within a transaction')
  }

  async #begin(text: string): Promise<NoRows> {
    this.#waiting = [{ text, values: [] }]
    return noRows('BEGIN')
  }

  async #askWithin(waiting: Statement[], query: string, values: unknown): Promise<unknown> {
    const { mark, text } = unmarked(query)
    if (text === 'commit') return this.#commit(waiting)
    if (text === 'rollback') return this.#rollBack(waiting)
    const statement = { text, values: Array.isArray(values) ? values : [] }
    switch (mark) {
      case 'withNext':
        waiting.push(statement)
        return noRows('')
      case 'withCommit':
        return this.#commitWith(waiting.splice(0), statement)
      case undefined:
        if (waiting.length === 0) return this.#askAlone(text, values)
        // Only by itself may one be several, which are parsed together.
        if (statement.values.length > 0 || !text.includes(';'))
          return this.#send([...waiting.splice(0), statement])
        await this.#send(waiting.splice(0))
        return this.#askAlone(text, values)
    }
  }

  /** Of a transaction of which nothing was sent there is nothing to commit. */
  async #commit(waiting: Statement[]): Promise<unknown> {
    this.#waiting = undefined
    const isUnsent = waiting.length === 1 && beginning.test(waiting[0]?.text ?? '')
    if (isUnsent) return noRows('COMMIT')
    return this.#send([...waiting, commit], waiting.length)
  }

  async #commitWith(waiting: readonly Statement[], statement: Statement): Promise<pg.QueryResult> {
    const result = await this.#send([...waiting, statement, commit], waiting.length)
    this.#waiting = undefined
    this.#isCommitted = true
    return result
  }

  #rollBack(waiting: readonly Statement[]): unknown {
    this.#waiting = undefined
    const isUnsent = beginning.test(waiting[0]?.text ?? '')
    return isUnsent ? noRows('ROLLBACK') : this.#query('rollback')
  }

  /** Kysely's own commit, which has nothing left to do; anything else would be in no transaction. */
  async #afterCommit(query: unknown): Promise<NoRows> {
    this.#isCommitted = false
    if (query !== 'commit') throw new Error('The transaction is committed already')
    return noRows('COMMIT')
  }

  /** In one message. When one of them fails, the whole transaction has. */
  async #send(statements: readonly Statement[], answer?: number): Promise<pg.QueryResult> {
    const named = statements.map(({ text, values }) => ({ text, values, name: nameOf(text) }))
    const options = { types: this.#types, ...(answer === undefined ? {} : { answer }) }
    const group = new StatementGroup(named, options)
    try {
      this.#query(group)
      return await group.answer
    } catch (error) {
      const failed = named[group.failedAt ?? -1]
      if (failed?.name !== undefined) heedStale(failed, error)
      throw statements.at(-1) === commit && isUncertain(failed, error)
        ? new CommitOutcomeUnknownError(error)
        : error
    }
  }

  #askAlone(text: string, values: unknown): unknown {
    if (!Array.isArray(values)) return this.#query(text, values)
    const name = nameOf(text)
    return name === undefined
      ? this.#query(text, values)
      : this.#askPrepared({ name, text, values }, values)
  }

  /** Within a transaction that failed so, asking again fails too, and the whole of it runs again. */
  async #askPrepared(prepared: GroupedStatement, values: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#query(prepared)
    } catch (error) {
      if (!heedStale(prepared, error) || this.#waiting) throw error
      return this.#query(prepared.text, values)
    }
  }
}

interface NoRows {
  readonly command: string
  readonly rowCount: null
  readonly rows: readonly []
}

/** As the database answers what gives nothing. */
function noRows(command: string): NoRows {
  return { command, rowCount: null, rows: [] }
}

function nameOf(text: string): string | undefined {
  return plannable.test(text) ? frequent.nameOf(text) : undefined
}

/** Whether a statement has failed only because it was prepared. */
function heedStale({ text }: GroupedStatement, error: unknown): boolean {
  const why = whyStale(error)
  if (why === 'changed') frequent.forget(text)
  if (why === 'unknown') frequent.refuse()
  return why !== undefined
}

/**
 * Whether nobody knows if what was sent with a commit was committed. A statement that fails before the commit tells that
 * it was not, unless it is the connection that the database ends.
 */
function isUncertain(failed: GroupedStatement | undefined, error: unknown): boolean {
  if (!isUnavailable(error)) return false
  const isOfStatement = error instanceof pg.DatabaseError && error.severity === 'ERROR'
  return !isOfStatement || failed === undefined || failed.text === commit.text
}
