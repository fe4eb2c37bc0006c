import { pino } from 'pino'
import { openAccess, type Access } from '#features/access/index.ts'
import { createSpace } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import { openDatabase, type Database } from '#platform/db/database.ts'
import { migrate } from '#platform/db/migrate.ts'
import { migrations } from '#platform/db/migrations/index.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { parseConfig } from '../src/config/config.ts'
import { readEnv } from '../src/config/env.ts'
import { noNotices } from './alone.ts'

export interface LoneAccess extends AsyncDisposable {
  readonly access: Access
  readonly db: Database
  /** Makes an empty space and gives its ids. */
  newSpace(ownerId: string): Promise<{ readonly id: string; readonly rootId: string }>
}

/** The access decision of a server on `dataDir`, with its embedded database, and nothing else of the server. */
export async function openLoneAccess(dataDir: string, clock: Clock): Promise<LoneAccess> {
  await using stack = new AsyncDisposableStack()
  const config = parseConfig(readEnv({ DATA_DIR: dataDir }))
  const log = pino({ level: 'error' })
  const db = stack.use(await openDatabase(config.database, log))
  await migrate(db, migrations, log)
  const access = openAccess({ db, clock, log, notices: noNotices })
  const running = stack.move()
  return {
    access,
    db,
    newSpace: (ownerId) =>
      inTransaction(db, (tx) =>
        createSpace(tx, { name: 'Measured', kind: 'team', ownerId: ownerId as never }),
      ),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
