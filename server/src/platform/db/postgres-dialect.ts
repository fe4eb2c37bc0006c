import { type Driver, PostgresDialect, type PostgresDialectConfig, PostgresDriver } from 'kysely'

/** Kysely's, but honest about why a transaction failed; `ServerClient` is about what came of a commit. */
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
  /** Its failure would hide why the transaction failed; the connection is discarded all the same. */
  override async rollbackTransaction(
    connection: Parameters<PostgresDriver['rollbackTransaction']>[0],
  ): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => undefined)
  }
}
