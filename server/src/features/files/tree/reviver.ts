import type { NodeId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { NodeReader } from '../nodes/node-reader.ts'
import { listAncestors, findLivingFolder } from './ancestry.ts'
import { changeTree, type TreeParts } from './change-tree.ts'
import { restoreNode } from './restore-node.ts'
import { FolderNotHeldError, parentOf } from './tree-writer.ts'

export interface ReviverOptions extends TreeParts {
  readonly db: Database
  readonly log: Logger
}

/**
 * Brings back from the trash what somebody has edited who had not seen that it was there: the edit wins.
 * The node comes back with every trashed folder above it left where it is: it goes into the nearest one
 * that lives.
 */
export class Reviver {
  readonly #options: ReviverOptions

  constructor(options: ReviverOptions) {
    this.#options = options
  }

  /** Does nothing for a node that is not in the trash. Never rejects. */
  async revive(nodeId: NodeId, actorId: UserId): Promise<void> {
    try {
      const trashed = await findTrashedTop(this.#options.db.kysely, nodeId)
      if (trashed) await this.#restore(trashed, actorId)
    } catch (error) {
      // The start of the next process finds it again.
      this.#options.log.warn({ err: error, nodeId }, 'an edited node of the trash stays there')
    }
  }

  /** Brings back what was edited after it was trashed, which no process noted. */
  async reviveMissed(): Promise<void> {
    const { rows } = await sql<{ id: NodeId; author_id: UserId }>`
      SELECT nodes.id, coalesce(last.author_id, nodes.trashed_by) AS author_id
      FROM nodes JOIN documents ON documents.id = nodes.id
      LEFT JOIN LATERAL (
        SELECT author_id FROM update_log WHERE document_id = nodes.id AND author_id IS NOT NULL
        ORDER BY seq DESC LIMIT 1
      ) last ON true
      WHERE nodes.trashed_at IS NOT NULL AND documents.seq > nodes.trashed_seq
    `.execute(this.#options.db.kysely)
    for (const { id, author_id } of rows) await this.revive(id, author_id)
  }

  async #restore(nodeId: NodeId, actorId: UserId): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#tryToRestore(nodeId, actorId)
        return
      } catch (error) {
        if (attempt === maxAttempts || !(error instanceof FolderNotHeldError)) throw error
      }
    }
  }

  async #tryToRestore(nodeId: NodeId, actorId: UserId): Promise<void> {
    const { db } = this.#options
    const row = await new NodeReader(db.kysely).find(nodeId)
    if (!row || row.trashed_at === null) return
    const folder = await findLivingFolder(db.kysely, parentOf(row))
    if (!folder) return
    await changeTree(this.#options, { folderIds: [folder.id], actorId }, async (tree) => {
      const now = await tree.nodes.lock(nodeId)
      if (now.trashed_at === null) return {}
      const living = await findLivingFolder(tree.tx, parentOf(now))
      if (living?.id !== folder.id) throw new FolderNotHeldError()
      await restoreNode(tree, now, living, 'edited')
      return {}
    })
  }
}

/** How often somebody may move or trash a folder while we are about to restore into it. */
const maxAttempts = 5

/** The node itself when it was trashed, or the lowest folder above it that was. */
async function findTrashedTop(db: Kysely<Schema>, nodeId: NodeId): Promise<NodeId | undefined> {
  const node = await db
    .selectFrom('nodes')
    .select(['id', 'trashed_at'])
    .where('id', '=', nodeId)
    .executeTakeFirst()
  if (!node || node.trashed_at !== null) return node?.id
  const above = await listAncestors(db, nodeId)
  return above.findLast((row) => row.trashed_at !== null)?.id
}
