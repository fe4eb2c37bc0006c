import { inspect } from 'node:util'
import type { SessionId, UserId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { CompactionPool } from '#features/live/compaction-pool.ts'
import type { CheckpointMaker } from '#features/live/compactor.ts'
import { createSpace } from '#features/spaces/index.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { openTestDatabase } from '../testing/test-database.ts'
import { openTestSeals } from '../testing/test-keys.ts'
import { Simulation, type SimulationCounts } from './simulation.ts'

export interface SimulationsOptions {
  readonly runs: number
  /** Of the first run; each next one has the next. */
  readonly seed: number
  /** No run begins after so long. */
  readonly maxMs?: number
  /** What makes checkpoints, for a control. Default what does in the product. */
  readonly pool?: CheckpointMaker
  readonly report?: (line: string) => void
}

export interface SimulationsResult extends SimulationCounts {
  readonly runs: number
  /** One text for each run in which something was wrong: seed, faults, operations. */
  readonly failures: readonly string[]
}

/** Runs simulations one after the other, each in a space of its own of one database. */
export async function runSimulations(options: SimulationsOptions): Promise<SimulationsResult> {
  await using test = await openTestDatabase()
  await using own = new CompactionPool()
  const base = test.database
  const pool = options.pool ?? own
  const seals = await openTestSeals(base)
  const caller = await makeCaller(base)
  const counts: SimulationCounts = { operations: 0, crashes: 0, folded: 0 }
  const failures: string[] = []
  const started = performance.now()
  let runs = 0
  for (; runs < options.runs; runs++) {
    if (performance.now() - started > (options.maxMs ?? Infinity)) break
    const seed = options.seed + runs
    const space = { base, caller, pool, seals, ...(await makeSpace(base, caller)) }
    const simulation = new Simulation(space, seed)
    const faults = await simulation.run().catch((error: unknown) => [inspect(error)])
    counts.operations += simulation.counts.operations
    counts.crashes += simulation.counts.crashes
    counts.folded += simulation.counts.folded
    if (faults.length > 0)
      failures.push(
        [`seed ${seed}`, ...faults.slice(0, 10), 'operations:', ...simulation.trace].join('\n  '),
      )
    if ((runs + 1) % 100 === 0)
      options.report?.(
        `${runs + 1} runs, ${failures.length} with faults, ${counts.crashes} crashes`,
      )
  }
  return { ...counts, runs, failures }
}

async function makeCaller({ kysely }: Database) {
  const userId = uuidv7() as UserId
  const sessionId = uuidv7() as SessionId
  await sql`INSERT INTO users (id, email, name, color)
    VALUES (${userId}, 'ada@example.com', 'Ada', '#123456')`.execute(kysely)
  await sql`INSERT INTO sessions (id, user_id, expires_at)
    VALUES (${sessionId}, ${userId}, now() + interval '1 day')`.execute(kysely)
  return { userId, sessionId, isAdmin: false, isAuditor: false }
}

async function makeSpace(base: Database, caller: { userId: UserId }) {
  let made!: Awaited<ReturnType<typeof createSpace>>
  await inTransaction(base, async (tx) => {
    made = await createSpace(tx, { name: 'Team', kind: 'team', ownerId: caller.userId })
  })
  return { spaceId: made.id, rootId: made.rootId }
}
