import type { NodeId, SessionId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { LogPosition } from '#features/live/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { withNext } from '#platform/db/marked-statements.ts'
import type { Schema } from '#platform/db/schema.ts'

/** After so long nobody is taken to build on what was served. */
const maxAgeMs = 24 * 3_600_000

interface Served extends LogPosition {
  readonly served_at: Date
}

/**
 * What each session last had of each text: the base of its next upload when that names none. Only what
 * a client certainly has may be in here: whatever is in the base and not in the upload counts as
 * deleted by the client.
 */
export class ServedContents {
  readonly #db: Database
  readonly #clock: Clock

  constructor(db: Database, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  async find(sessionId: SessionId, nodeId: NodeId): Promise<LogPosition | undefined> {
    return this.#db.kysely
      .selectFrom('served_contents')
      .select(['epoch', 'seq'])
      .where('session_id', '=', sessionId)
      .where('node_id', '=', nodeId)
      .where('served_at', '>', this.#horizon())
      .executeTakeFirst()
  }

  /** Gives what undoes it, for when the bytes have not arrived. */
  async remember(
    sessionId: SessionId,
    nodeId: NodeId,
    { epoch, seq }: LogPosition,
  ): Promise<() => Promise<void>> {
    // A session that was ended meanwhile has nothing to remember.
    const { rows } = await sql<Served>`
      WITH remembered AS (
        INSERT INTO served_contents (session_id, node_id, epoch, seq, served_at)
        SELECT id, ${nodeId}, ${epoch}, ${seq}, ${this.#clock.now()} FROM sessions WHERE id = ${sessionId}
        ON CONFLICT (session_id, node_id) DO UPDATE SET
          epoch = excluded.epoch, seq = excluded.seq, served_at = excluded.served_at
      )
      SELECT epoch, seq, served_at FROM served_contents
      WHERE session_id = ${sessionId} AND node_id = ${nodeId}
    `.execute(this.#db.kysely)
    return () => this.#putBack(sessionId, nodeId, { epoch, seq }, rows[0])
  }

  /** As `remember`, in the transaction that makes it so. */
  async rememberIn(
    tx: Kysely<Schema>,
    sessionId: SessionId,
    nodeId: NodeId,
    { epoch, seq }: LogPosition,
  ): Promise<void> {
    await sql`${withNext} INSERT INTO served_contents (session_id, node_id, epoch, seq, served_at)
      SELECT id, ${nodeId}, ${epoch}, ${seq}, ${this.#clock.now()} FROM sessions WHERE id = ${sessionId}
      ON CONFLICT (session_id, node_id) DO UPDATE SET
        epoch = excluded.epoch, seq = excluded.seq, served_at = excluded.served_at`.execute(tx)
  }

  /** Who makes texts, or makes them begin anew, has what they begin with. In the transaction of that. */
  async rememberFirst(
    tx: Kysely<Schema>,
    sessionId: SessionId,
    nodeIds: readonly NodeId[],
  ): Promise<void> {
    if (nodeIds.length === 0) return
    await sql`${withNext} INSERT INTO served_contents (session_id, node_id, epoch, seq, served_at)
      SELECT sessions.id, documents.id, documents.epoch, documents.seq, ${this.#clock.now()}
      FROM sessions, documents
      WHERE sessions.id = ${sessionId} AND documents.id = ANY(${nodeIds}::uuid[])
      ON CONFLICT (session_id, node_id) DO UPDATE SET
        epoch = excluded.epoch, seq = excluded.seq, served_at = excluded.served_at
    `.execute(tx)
  }

  async removeOld(): Promise<void> {
    await this.#db.kysely
      .deleteFrom('served_contents')
      .where('served_at', '<=', this.#horizon())
      .execute()
  }

  /** What was served since then stays. */
  async #putBack(
    sessionId: SessionId,
    nodeId: NodeId,
    position: LogPosition,
    former: Served | undefined,
  ): Promise<void> {
    const { epoch, seq, served_at } = former ?? { ...position, served_at: new Date(0) }
    await this.#db.kysely
      .updateTable('served_contents')
      .set({ epoch, seq, served_at })
      .where('session_id', '=', sessionId)
      .where('node_id', '=', nodeId)
      .where('epoch', '=', position.epoch)
      .where('seq', '=', position.seq)
      .execute()
  }

  #horizon(): Date {
    return new Date(this.#clock.now().getTime() - maxAgeMs)
  }
}
