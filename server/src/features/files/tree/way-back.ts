import type { NodeId, SpaceId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { listUpwards } from './ancestry.ts'

/** A node that comes back out of the trash, or of a folder there, and the folder that it comes to lie in. */
export interface Return {
  readonly row: NodeRow
  readonly folder: NodeRow
}

/**
 * What has to come back, in this order, for a node to live: it last, in the nearest folder above it that lives
 * by then. Nothing comes out of a private folder this way, for others to find: of those that are passed over
 * the highest comes back first, itself to the nearest folder that lives, and the next below it then.
 *
 * `revived` are going to live, wherever they come to lie. `undefined`: there is no such node, or nothing above
 * it lives. A node that lives comes to lie where it does.
 */
export async function findWayBack(
  db: Kysely<Schema>,
  id: NodeId,
  revived: ReadonlySet<NodeId> = new Set(),
): Promise<readonly Return[] | undefined> {
  const [node, ...above] = await listUpwards(db, id)
  if (!node) return undefined
  const firstRevived = above.findIndex((row) => revived.has(row.id))
  let folders = firstRevived === -1 ? above : above.slice(0, firstRevived + 1)
  const living = new Set(revived)
  const way: Return[] = []
  for (;;) {
    const highestTrashed = folders.findLastIndex(
      (row) => row.trashed_at !== null && !living.has(row.id),
    )
    const folder = folders[highestTrashed + 1]
    if (!folder) return undefined
    const highestPrivate = folders
      .slice(0, highestTrashed + 1)
      .findLastIndex((row) => !row.inherits)
    const first = folders[highestPrivate]
    if (!first) return [...way, { row: node, folder }]
    way.push({ row: first, folder })
    living.add(first.id)
    folders = folders.slice(0, highestPrivate + 1)
  }
}

/** Whether it lives there, so that nothing is to be done. */
export function isThere({ row, folder }: Return): boolean {
  return row.trashed_at === null && row.parent_id === folder.id
}

/** The folders whose children change. */
export function foldersOf(way: readonly Return[]): NodeId[] {
  return way.flatMap(({ row, folder }) =>
    row.trashed_at === null && row.parent_id !== null ? [row.parent_id, folder.id] : [folder.id],
  )
}

/** Where something comes to lie in another folder than it did. */
export function spacesMovedIn(way: readonly Return[]): SpaceId[] {
  return way.flatMap(({ row, folder }) => (row.parent_id === folder.id ? [] : [folder.space_id]))
}
