import type { NodeId, UserId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { NodeReader } from '../nodes/node-reader.ts'
import { listAncestors } from './ancestry.ts'
import { changeTree, type TreeParts } from './change-tree.ts'
import { listEditedInTrash } from './edited-in-trash.ts'
import { bringBack } from './restore-node.ts'
import { FolderNotHeldError } from './tree-writer.ts'
import { findWayBack, foldersOf, isThere, type Return } from './way-back.ts'

export interface ReviverOptions extends TreeParts {
  readonly db: Database
  readonly log: Logger
}

/**
 * Brings back from the trash what somebody has edited who had not seen that it was there: the edit wins.
 * It goes into the nearest folder above it that lives. A text comes back alone, or within the private folder that
 * it lay in; of a folder whose children were edited, the lowest folder that was trashed does.
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
    const way = await findWayBack(this.#options.db.kysely, nodeId)
    if (!way || way.every(isThere)) return
    const folderIds = foldersOf(way)
    await changeTree(this.#options, { folderIds, actorId }, async (tree) => {
      await tree.nodes.lockAll(way.map(({ row }) => row.id))
      const now = await findWayBack(tree.tx, nodeId)
      if (!now || now.every(isThere)) return {}
      if (!isWithin(now, way)) throw new FolderNotHeldError()
      await bringBack(tree, now, 'edited')
      return {}
    })
  }
}

/** How often somebody may move or trash a folder while we are about to restore into it. */
const maxAttempts = 5

/** Whether each step of a way back is one of another, for which everything is held. */
function isWithin(way: readonly Return[], held: readonly Return[]): boolean {
  return way.every(({ row, folder }) =>
    held.some((step) => step.row.id === row.id && step.folder.id === folder.id),
  )
}

/** What the edit of a node brings back: the node, or of a folder the lowest from it up that was trashed. */
async function findEdited(db: Kysely<Schema>, nodeId: NodeId): Promise<NodeId | undefined> {
  const node = await new NodeReader(db).find(nodeId)
  if (!node || node.kind !== 'folder' || node.trashed_at !== null) return node?.id
  const above = await listAncestors(db, nodeId)
  return above.findLast((row) => row.trashed_at !== null)?.id
}
