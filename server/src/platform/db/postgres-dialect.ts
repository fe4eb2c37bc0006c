import {
  type DatabaseConnection,
  type Driver,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
} from 'kysely'
import { CommitOutcomeUnknownError, isUnavailable } from './database-errors.ts'

/** Kysely's, but honest about a connection that breaks inside a transaction. */
export class HonestPostgresDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig

  constructor(config: PostgresDialectConfig) {
    super(config)
    this.#config = config
  }

  override createDriver(): Driver {
    return new HonestPostgresDriver(this.#config)
  }
}

class HonestPostgresDriver extends PostgresDriver {
  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.commitTransaction(connection)
    } catch (error) {
      throw isUnavailable(error) ? new CommitOutcomeUnknownError(error) : error
    }
  }

  /** Its failure would hide why the transaction failed; the connection is discarded all the same. */
  override async rollbackTransaction(
    connection: Parameters<PostgresDriver['rollbackTransaction']>[0],
  ): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => undefined)
  }
}
