import { openBlobStore, type BlobStore } from '@cloudsync/storage'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { Database } from '#platform/db/database.ts'
import { TestClock } from '../../../../testing/test-clock.ts'
import { openTestDatabase } from '../../../../testing/test-database.ts'
import type { ContentKeys } from '../content-keys.ts'
import { openContents, type OpenedContents } from '../open-contents.ts'
import { newContentKeys } from './new-content-keys.ts'

export interface TestContents extends OpenedContents {
  readonly db: Database
  readonly store: BlobStore
  readonly clock: TestClock
  readonly keys: ContentKeys
  /** Another server's, on the same database and store. */
  openAnother(store?: BlobStore): OpenedContents
}

/** Contents of a database of their own, in memory unless a store is given. */
export async function openTestContents(given?: BlobStore): Promise<TestContents> {
  await using stack = new AsyncDisposableStack()
  const { database: db } = stack.use(await openTestDatabase())
  const store = given ?? stack.use(await openBlobStore({ kind: 'memory' }))
  const clock = new TestClock()
  const shared = { db, keys: newContentKeys(), clock, log: pino({ level: 'silent' }) }
  const openAnother = (other = store) =>
    openContents({ ...shared, metrics: new Registry(), store: other })
  const opened = stack.use(openAnother())
  const running = stack.move()
  return {
    ...opened,
    db,
    store,
    clock,
    keys: shared.keys,
    openAnother,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
