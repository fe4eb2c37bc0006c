import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ClusterSite } from './cluster-site.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'

const SQLITE_BUSY = 5

/**
 * Takes the right to make, start, stop or discard the cluster, which one process has at a time;
 * unset when somebody else has it. Gone with its process, however that ends.
 *
 * It is SQLite's lock on an empty file: Node has no other that works between processes. PostgreSQL's
 * own, postmaster.pid, lets two that find a dead one's at the same moment delete each other's.
 */
export function tryLockCluster(site: ClusterSite): Disposable | undefined {
  const file = openLockFile(join(site.dataDir, 'postgres.lock'))
  try {
    file.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
  } catch (error) {
    if (isBusy(error)) {
      file.close()
      return undefined
    }
    // A file system without locks: there one server has to be enough.
    site.log.warn({ err: error }, 'The data directory cannot be locked')
  }
  return { [Symbol.dispose]: () => file.close() }
}

function openLockFile(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 })
  } catch (cause) {
    throw new EmbeddedPostgresError('start-failed', `${path} cannot be written.`, { cause })
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}
