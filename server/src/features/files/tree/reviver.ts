import type { NodeId, UserId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { NodeReader, type NodeRow } from '../nodes/node-reader.ts'
import { listAncestors, findLivingFolder } from './ancestry.ts'
import { changeTree, type TreeParts } from './change-tree.ts'
import { listEditedInTrash } from './edited-in-trash.ts'
import { restoreNode } from './restore-node.ts'
import { FolderNotHeldError, parentOf } from './tree-writer.ts'

export interface ReviverOptions extends TreeParts {
  readonly db: Database
  readonly log: Logger
}

/**
 * Brings back from the trash what somebody has edited who had not seen that it was there: the edit wins.
 * It goes into the nearest folder above it that lives. A text comes back alone; of a folder whose
 * children were edited, the lowest folder that was trashed does.
 */
export class Reviver {
  readonly #options: ReviverOptions

  constructor(options: ReviverOptions) {
    this.#options = options
  }

  /** Does nothing for a node that is not in the trash. Never rejects. */
  async revive(nodeId: NodeId, actorId: UserId): Promise<void> {
    try {
      const id = await findEdited(this.#options.db.kysely, nodeId)
      if (id) await this.#restore(id, actorId)
    } catch (error) {
      // The start of the next process finds it again.
      this.#options.log.warn({ err: error, nodeId }, 'an edited node of the trash stays there')
    }
  }

  /** Brings back what was edited after it was trashed, which no process noted. */
  async reviveMissed(): Promise<void> {
    for (const { id, authorId } of await listEditedInTrash(this.#options.db.kysely))
      await this.revive(id, authorId)
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
    const folder = row && (await findLivingFolder(db.kysely, parentOf(row)))
    if (!folder || isLiving(row, folder)) return
    const folderIds = row.trashed_at === null ? [parentOf(row), folder.id] : [folder.id]
    await changeTree(this.#options, { folderIds, actorId }, async (tree) => {
      const now = await tree.nodes.lock(nodeId)
      const living = await findLivingFolder(tree.tx, parentOf(now))
      if (living && isLiving(now, living)) return {}
      if (living?.id !== folder.id) throw new FolderNotHeldError()
      await restoreNode(tree, now, living, 'edited')
      return {}
    })
  }
}

/** How often somebody may move or trash a folder while we are about to restore into it. */
const maxAttempts = 5

/** `folder`: the nearest above the node that lives. */
function isLiving(row: NodeRow, folder: NodeRow): boolean {
  return row.trashed_at === null && row.parent_id === folder.id
}

/** What the edit of a node brings back: the node, or of a folder the lowest from it up that was trashed. */
async function findEdited(db: Kysely<Schema>, nodeId: NodeId): Promise<NodeId | undefined> {
  const node = await new NodeReader(db).find(nodeId)
  if (!node || node.kind !== 'folder' || node.trashed_at !== null) return node?.id
  const above = await listAncestors(db, nodeId)
  return above.findLast((row) => row.trashed_at !== null)?.id
}
