import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import type { SpaceCharges } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import { withCommit } from '#platform/db/marked-statements.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { NodeRow } from './node-reader.ts'

/** What a transaction puts into the change feeds of its spaces, and into what they hold. */
export class FeedChanges {
  readonly #tx: Transaction<Schema>
  readonly #charges: SpaceCharges
  readonly #clock: Clock
  /** The rows as they are now, by space. */
  readonly #changed = new Map<SpaceId, Map<NodeId, NodeRow>>()
  /** With the folder that each lay in. */
  readonly #departed = new Map<SpaceId, Map<NodeId, NodeId | null>>()
  /** Nodes that lie in another folder now, which may be out of sight for some; with where they lay. */
  readonly #moved = new Map<NodeId, NodeId | null>()
  /** Folders that came to where they are with all that is in them, which is told nobody by itself. */
  readonly #arrived = new Set<NodeId>()

  constructor(tx: Transaction<Schema>, charges: SpaceCharges, clock: Clock) {
    this.#clock = clock
    this.#tx = tx
    this.#charges = charges
  }

  /** Whether nothing was changed. */
  get isEmpty(): boolean {
    return this.#changed.size + this.#departed.size + this.#moved.size === 0
  }

  /** Puts a changed row into the change feed of its space. */
  enter(row: NodeRow): void {
    const changed = this.#changed.get(row.space_id) ?? new Map<NodeId, NodeRow>()
    this.#changed.set(row.space_id, changed.set(row.id, row))
    this.#departed.get(row.space_id)?.delete(row.id)
  }

  /**
   * Tells the change feed of a space that a node is there no more: moved away, or purged. Those hear of it who
   * may read the folder.
   */
  leave(spaceId: SpaceId, nodeId: NodeId, folderId: NodeId | null): void {
    const departed = this.#departed.get(spaceId) ?? new Map<NodeId, NodeId | null>()
    this.#departed.set(spaceId, departed.set(nodeId, folderId))
    this.#changed.get(spaceId)?.delete(nodeId)
  }

  /** Tells that a node lay in another folder before. */
  move(nodeId: NodeId, folderId: NodeId | null): void {
    this.#moved.set(nodeId, folderId)
  }

  /** Tells that a folder has come to where it is now, or into sight there, with what is in it. */
  arrive(folderId: NodeId): void {
    this.#arrived.add(folderId)
  }

  /**
   * Gives what was changed the next sequence numbers of its space, also in the rows that were handed out,
   * and counts what the space holds more or less. Throws `quota_exceeded` when somebody else has taken the
   * room that was there.
   */
  async stampAll(): Promise<void> {
    // In one order everywhere, so that two transactions over the same spaces cannot wait in a circle.
    const spaceIds = new Set([
      ...this.#changed.keys(),
      ...this.#departed.keys(),
      ...this.#charges.spaceIds,
    ])
    const ordered = [...spaceIds].toSorted()
    for (const [index, spaceId] of ordered.entries())
      await this.#stamp(spaceId, { isLast: index === ordered.length - 1 })
  }

  async #stamp(spaceId: SpaceId, { isLast }: { isLast: boolean }): Promise<void> {
    const changed = this.#changed.get(spaceId) ?? new Map<NodeId, NodeRow>()
    // Whoever sees a moved node no more hears that it is gone; the others, where it is.
    const departed = new Map(this.#departed.get(spaceId))
    for (const [nodeId, folderId] of this.#moved)
      if (changed.has(nodeId)) departed.set(nodeId, folderId)
    const count = changed.size + departed.size
    // Whoever else changes the space waits from here to the commit: not for the way to us and back as well.
    const commits = isLast && !this.#charges.mayRefuse(spaceId)
    const { rows } = await sql<StampedRow>`${commits ? withCommit : sql``}
      WITH taken AS (
        UPDATE spaces SET seq = seq + ${count}, used_bytes = used_bytes + ${this.#charges.bytesOf(spaceId)}
        WHERE id = ${spaceId} RETURNING seq - ${count} AS seq, used_bytes, quota_bytes
      ), gone AS (
        INSERT INTO departures (space_id, node_id, folder_id, left_at, rev)
        SELECT ${spaceId}, departed.id, departed.folder_id, ${this.#clock.now()}::timestamptz,
          taken.seq + ${changed.size}::bigint + departed.place
        FROM taken, unnest(${[...departed.keys()]}::uuid[], ${[...departed.values()]}::uuid[])
          WITH ORDINALITY AS departed(id, folder_id, place)
        ON CONFLICT (space_id, node_id)
          DO UPDATE SET rev = excluded.rev, folder_id = excluded.folder_id,
            left_at = excluded.left_at
      ), stamped AS (
        UPDATE nodes SET rev = taken.seq + changed.place,
          arrived_rev = CASE WHEN nodes.id = ANY(${[...this.#arrived]}::uuid[])
            THEN taken.seq + changed.place ELSE nodes.arrived_rev END
        FROM taken, unnest(${[...changed.keys()]}::uuid[]) WITH ORDINALITY AS changed(id, place)
        WHERE nodes.id = changed.id
        RETURNING nodes.id, nodes.rev
      )
      SELECT taken.used_bytes, taken.quota_bytes, stamped.id, stamped.rev
      FROM taken LEFT JOIN stamped ON true
    `.execute(this.#tx)
    for (const { id: nodeId, rev } of rows) {
      const row = nodeId === null ? undefined : changed.get(nodeId)
      if (row && rev !== null) row.rev = rev
    }
    const [space] = rows
    if (space)
      this.#charges.settle(spaceId, { usedBytes: space.used_bytes, quotaBytes: space.quota_bytes })
  }
}

interface StampedRow {
  readonly used_bytes: number
  readonly quota_bytes: number | null
  readonly id: NodeId | null
  readonly rev: number | null
}
