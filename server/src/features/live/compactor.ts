import type { NodeId } from '@cloudsync/protocol'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { Logger } from 'pino'
import { chargeHistory } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Schema } from '#platform/db/schema.ts'
import { CompactionPool } from './compaction-pool.ts'
import type { CompactionResult } from './compaction-worker.ts'
import type { DocumentSeals } from './document-seals.ts'
import type { DocumentStore } from './document-store.ts'
import type { SealedDocument } from './history-segment.ts'

/** How many rows, or bytes, may follow a checkpoint before a new one is due. */
const maxTailRows = 500
const minTailBytes = 256 * 1024
const maxRestingRows = 50

/** Every how many segments one carries the checkpoint before it, so that history is read from there. */
const segmentsPerBase = 8

const historyDays = 30

/** Documents whose history is shed in one transaction. */
const maxShedAtOnce = 200

/** Rows folded in one go; a longer tail takes several. */
const maxRowsPerRun = 20_000

export interface CompactorOptions {
  readonly db: Kysely<Schema>
  readonly store: DocumentStore
  readonly seals: DocumentSeals
  readonly clock: Clock
  readonly log: Logger
  /** What makes the checkpoints. Default a worker thread of its own. */
  readonly pool?: CheckpointMaker
  readonly onCompacted?: (run: { rows: number; durationMs: number }) => void
}

export type CheckpointMaker = Pick<CompactionPool, 'run'>

export interface Tail {
  readonly rows: number
  readonly bytes: number
  readonly checkpointBytes: number
}

/** Whether a tail is long enough to be folded into a checkpoint while people write on. */
export function isCompactionDue(tail: Tail): boolean {
  return tail.rows >= maxTailRows || tail.bytes >= Math.max(minTailBytes, tail.checkpointBytes)
}

/**
 * Whether it is long enough when everybody has left: who comes next is sent the checkpoint as it is. A few
 * rows behind a large one are not worth another copy of it in the history.
 */
export function isFoldingWorthwhile({ rows, bytes, checkpointBytes }: Tail): boolean {
  return rows >= maxRestingRows || (rows > 0 && bytes * 8 >= checkpointBytes)
}

/**
 * Folds log rows into checkpoints and keeps them as history segments.
 *
 * One document at a time on this server, one server at a time per document. A checkpoint, the segment
 * and the deletion of exactly the rows that were read are one transaction; a crash leaves either the
 * old state or the new one.
 */
export class Compactor implements AsyncDisposable {
  readonly #options: CompactorOptions
  readonly #own = new AsyncDisposableStack()
  readonly #pool: CheckpointMaker
  readonly #queued = new Set<NodeId>()
  #running: Promise<void> | undefined
  #isClosed = false

  constructor(options: CompactorOptions) {
    this.#options = options
    this.#pool = options.pool ?? this.#own.use(new CompactionPool())
  }

  /** Asks for a compaction soon; asking again meanwhile changes nothing. */
  request(documentId: NodeId): void {
    if (this.#isClosed) return
    this.#queued.add(documentId)
    this.#running ??= this.#runQueue()
  }

  /** Resolves when nothing is queued or under way. */
  async drain(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Folds everything that can be folded now. Gives the number of rows folded. */
  async compact(documentId: NodeId): Promise<number> {
    let total = 0
    for (;;) {
      const started = performance.now()
      const folded = await this.#compactOnce(documentId)
      if (folded > 0)
        this.#options.onCompacted?.({ rows: folded, durationMs: performance.now() - started })
      total += folded
      if (folded < maxRowsPerRun) return total
    }
  }

  /** Sheds history that is older than 30 days, keeping each document readable from a base on. */
  async expireHistory(): Promise<void> {
    const before = new Date(this.#options.clock.now().getTime() - historyDays * 86_400_000)
    for (;;) {
      const shed = await this.#options.db.transaction().execute((tx) => shedSome(tx, before))
      if (shed < maxShedAtOnce || this.#isClosed) return
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#queued.clear()
    await this.drain()
    await this.#own.disposeAsync()
  }

  async #runQueue(): Promise<void> {
    try {
      for (const documentId of this.#queued) {
        this.#queued.delete(documentId)
        try {
          await this.compact(documentId)
        } catch (error) {
          // The log still holds everything; the next request tries again.
          this.#options.log.warn({ err: error, documentId }, 'compaction failed')
        }
      }
    } finally {
      this.#running = undefined
    }
    if (this.#queued.size > 0 && !this.#isClosed) this.#running = this.#runQueue()
  }

  async #compactOnce(documentId: NodeId): Promise<number> {
    const { store, seals } = this.#options
    const stored = await store.findSealed(documentId, maxRowsPerRun)
    if (!stored || stored.rows.length === 0) return 0
    const { checkpoint, rows } = stored
    const sealed = [...(checkpoint ? [checkpoint] : []), ...rows.map(({ payload }) => payload)]
    const result = await this.#pool.run({
      checkpoint,
      rows,
      openWith: await seals.keysOf(documentId, sealed),
      sealWith: seals.currentKey(documentId),
    })
    return (await this.#replace(stored, result)) ? stored.rows.length : 0
  }

  /** Puts the new checkpoint in place of the rows, or does nothing when somebody else was faster. */
  async #replace(stored: SealedDocument, result: CompactionResult): Promise<boolean> {
    const { documentId, epoch, checkpointSeq, rows } = stored
    const upTo = checkpointSeq + rows.length
    return this.#options.db.transaction().execute(async (tx) => {
      const lock = await sql<{ locked: boolean }>`
        SELECT pg_try_advisory_xact_lock(hashtextextended(${documentId}, 1)) AS locked`.execute(tx)
      if (!lock.rows[0]?.locked) return false
      const now = await tx
        .selectFrom('documents')
        .leftJoin('checkpoints', 'checkpoints.document_id', 'documents.id')
        .select(['documents.epoch', 'checkpoints.seq as checkpoint_seq'])
        .where('documents.id', '=', documentId)
        .forKeyShare(['documents'])
        .executeTakeFirst()
      if (!now || now.epoch !== epoch || (now.checkpoint_seq ?? 0) !== checkpointSeq) return false
      await tx
        .insertInto('checkpoints')
        .values({
          document_id: documentId,
          epoch,
          seq: upTo,
          state: result.state.bytes,
          key_id: result.state.keyId,
          state_bytes: result.stateBytes,
          struct_count: result.structCount,
        })
        .onConflict((conflict) =>
          conflict.column('document_id').doUpdateSet({
            epoch,
            seq: upTo,
            state: result.state.bytes,
            key_id: result.state.keyId,
            state_bytes: result.stateBytes,
            struct_count: result.structCount,
            created_at: this.#options.clock.now(),
          }),
        )
        .execute()
      // As it is: it was sealed as a checkpoint of this document.
      const base = (await isBaseDue(tx, documentId, epoch)) ? stored.checkpoint : undefined
      await tx
        .insertInto('history_segments')
        .values({
          document_id: documentId,
          from_seq: checkpointSeq + 1,
          to_seq: upTo,
          epoch,
          rows: result.segment.bytes,
          key_id: result.segment.keyId,
          base: base?.bytes ?? null,
          base_key_id: base?.keyId ?? null,
          started_at: rows[0]?.createdAt ?? this.#options.clock.now(),
          ended_at: rows.at(-1)?.createdAt ?? this.#options.clock.now(),
        })
        .execute()
      const deleted = await tx
        .deleteFrom('update_log')
        .where('document_id', '=', documentId)
        .where('seq', '<=', upTo)
        .executeTakeFirstOrThrow()
      if (Number(deleted.numDeletedRows) !== rows.length)
        throw new Error(
          `Folded ${rows.length} rows of ${documentId}, but deleted ${deleted.numDeletedRows}`,
        )
      const bytes = result.segment.bytes.length + (base?.bytes.length ?? 0)
      await chargeHistory(tx, [{ nodeId: documentId, bytes }])
      return true
    })
  }
}

/**
 * A segment may go when a later one that starts with a base covers everything younger than the limit. Gives
 * how many documents were looked at. Their nodes are held first, as by whoever purges them.
 */
async function shedSome(tx: Transaction<Schema>, before: Date): Promise<number> {
  const mayGo = sql`old.ended_at < ${before} AND EXISTS (
    SELECT 1 FROM history_segments newer
    WHERE newer.document_id = old.document_id AND newer.epoch = old.epoch
      AND newer.from_seq > old.from_seq AND newer.base IS NOT NULL AND newer.started_at < ${before})`
  const { rows: held } = await sql<{ id: NodeId }>`
    SELECT id FROM nodes WHERE id IN (
      SELECT DISTINCT old.document_id FROM history_segments old WHERE ${mayGo} LIMIT ${maxShedAtOnce}
    ) ORDER BY id FOR KEY SHARE`.execute(tx)
  if (held.length === 0) return 0
  const { rows: shed } = await sql<{ nodeId: NodeId; bytes: number }>`
    WITH gone AS (
      DELETE FROM history_segments old
      WHERE old.document_id = ANY(${held.map(({ id }) => id)}::uuid[]) AND ${mayGo}
      RETURNING old.document_id, octet_length(old.rows) + coalesce(octet_length(old.base), 0) AS bytes
    )
    SELECT document_id AS "nodeId", -sum(bytes)::bigint AS bytes FROM gone GROUP BY document_id
  `.execute(tx)
  await chargeHistory(tx, shed)
  return held.length
}

/**
 * Every few segments, and with the first one of an epoch: a text that was begun anew begins with a
 * checkpoint, and only the very first with nothing.
 */
async function isBaseDue(
  tx: Transaction<Schema>,
  documentId: NodeId,
  epoch: number,
): Promise<boolean> {
  const { rows } = await sql<{ segments: number; since_base: number }>`
    SELECT count(*)::int AS segments, count(*) FILTER (WHERE from_seq > coalesce((
      SELECT max(from_seq) FROM history_segments
      WHERE document_id = ${documentId} AND epoch = ${epoch} AND base IS NOT NULL), 0))::int AS since_base
    FROM history_segments WHERE document_id = ${documentId} AND epoch = ${epoch}`.execute(tx)
  const { segments = 0, since_base: sinceBase = 0 } = rows[0] ?? {}
  return segments === 0 || sinceBase >= segmentsPerBase
}
