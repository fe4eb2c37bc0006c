import pg from 'pg'

/** One statement, by the name under which it is prepared where it has one. */
export interface GroupedStatement {
  readonly text: string
  readonly values: readonly unknown[]
  readonly name?: string | undefined
}

/** What the driver's own queries do beside what its types say. */
interface DriverQuery extends pg.Query {
  readonly text: string
  readonly name: string | undefined
  prepare(connection: pg.Connection): void
  handleRowDescription(message: unknown): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, connection: pg.Connection): void
  handleEmptyQuery(connection: pg.Connection): void
  handleReadyForQuery(connection: pg.Connection): void
}

/** Of the driver's connections: what was sent to be prepared and is not known to be. */
interface Preparing {
  readonly submittedNamedStatements: Record<string, string>
}

export interface GroupOptions {
  readonly types: pg.CustomTypesConfig
  /** Whose answer is given; default the last. */
  readonly answer?: number
}

/**
 * Several statements that go to the database in one message, as a single one would for the driver: each is parsed, bound
 * and executed, and one Sync follows all of them (https://www.postgresql.org/docs/current/protocol-flow.html, extended
 * query, pipelining). Where one fails the database passes over all behind it, a commit too.
 */
export class StatementGroup implements pg.Submittable {
  /** Of the statement that was asked for. */
  readonly answer: Promise<pg.QueryResult>
  readonly #queries: readonly DriverQuery[]
  readonly #answering: number
  #reject!: (error: unknown) => void
  /** The statement that the database is at. */
  #at = 0
  #failedAt: number | undefined

  constructor(statements: readonly GroupedStatement[], { types, answer }: GroupOptions) {
    this.#answering = answer ?? statements.length - 1
    const { promise, resolve, reject } = Promise.withResolvers<pg.QueryResult>()
    this.answer = promise
    this.#reject = reject
    this.#queries = statements.map(({ text, values, name }, index) => {
      const config = { text, values: [...values], name, types }
      return new pg.Query(config, undefined, (error, result) => {
        if (error) this.#fail(index, error)
        else resolve(result as pg.QueryResult)
      }) as DriverQuery
    })
  }

  /** Which of the statements has failed, as far as that is known. */
  get failedAt(): number | undefined {
    return this.#failedAt
  }

  /** The driver asks what is being prepared while it reads the answer to that. */
  get name(): string | undefined {
    return this.#queries[this.#at]?.name
  }

  get text(): string | undefined {
    return this.#queries[this.#at]?.text
  }

  submit = (connection: pg.Connection): void => {
    // Of a single query the Sync follows at once.
    const unsynced = Object.create(connection, {
      sync: { value: () => undefined },
    }) as pg.Connection
    connection.stream.cork()
    for (const query of this.#queries) {
      query.prepare(unsynced)
      // Its values cannot be sent: nothing behind it is.
      if (this.#failedAt !== undefined) break
    }
    connection.sync()
    connection.stream.uncork()
  }

  handleRowDescription(message: unknown): void {
    this.#queries[this.#at]?.handleRowDescription(message)
  }

  handleDataRow(message: unknown): void {
    this.#queries[this.#at]?.handleDataRow(message)
  }

  handleCommandComplete(message: unknown, connection: pg.Connection): void {
    this.#queries[this.#at]?.handleCommandComplete(message, connection)
    this.#at += 1
  }

  handleEmptyQuery(): void {
    this.#at += 1
  }

  handleReadyForQuery(connection: pg.Connection): void {
    if (this.#failedAt === undefined)
      this.#queries[this.#answering]?.handleReadyForQuery(connection)
  }

  handleError(error: unknown, connection: pg.Connection & Partial<Preparing>): void {
    for (const { name } of this.#queries.slice(this.#at))
      if (name !== undefined) delete connection.submittedNamedStatements?.[name]
    this.#fail(error instanceof pg.DatabaseError ? this.#at : undefined, error)
  }

  #fail(at: number | undefined, error: unknown): void {
    this.#failedAt ??= at ?? -1
    this.#reject(error)
  }
}
