import type { Logger } from 'pino'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { PeriodicWork } from '#platform/periodic-work.ts'
import { purgeSessions } from './purge-sessions.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface UpkeepOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly signingKeys: SigningKeys
}

const purgeEveryMs = 3600 * 1000
/** Much more often than a key is published before it signs, for who has missed the notice. */
const keepKeysEveryMs = 300 * 1000

/** What keeps accounts in order by itself. */
export function startUpkeep({ db, clock, log, signingKeys }: UpkeepOptions): AsyncDisposable {
  const work = new PeriodicWork(log, 'the upkeep of accounts failed')
  work.every(purgeEveryMs, () => purgeSessions(db, clock.now()))
  work.every(keepKeysEveryMs, () => signingKeys.keep())
  return work
}
