import type { Node, NodeId, UserId } from '@cloudsync/protocol'
import type { Access, NodeAccess } from '#features/access/index.ts'
import type { People } from '../people.ts'
import type { ShownRow } from './node-reader.ts'
import { presentNodes } from './present-node.ts'

/** Those of the nodes that somebody may read. */
export type FindReadable = (ids: readonly NodeId[]) => Promise<ReadonlyMap<NodeId, NodeAccess>>

/** What somebody sees of nodes. */
export interface Visible<Row> {
  /** With the access to each, or to the folder that it lies in, which is no greater. */
  readonly open: readonly { readonly row: Row; readonly access: NodeAccess }[]
  /** Private folders that they may not read, with the access to the folder that lists them. */
  readonly closed: readonly { readonly row: Row; readonly access: NodeAccess }[]
}

/**
 * What somebody sees of nodes. Of a private folder that they may not read its name and kind, which the folder
 * above lists, if they may read that one; of anything else that they may not read nothing.
 */
export async function presentVisible(
  { access, people }: { readonly access: Access; readonly people: People },
  userId: UserId,
  rows: readonly ShownRow[],
): Promise<ReadonlyMap<NodeId, Node>> {
  const { open, closed } = await findVisible((ids) => access.listAccess(userId, ids), rows)
  const shown = new Map<NodeId, Node>()
  const readable = open.map(({ row }) => row)
  for (const node of await presentNodes(readable, people)) shown.set(node.id, node)
  for (const { row } of closed) shown.set(row.id, presentClosed(row))
  return shown
}

export async function findVisible<Row extends ShownRow>(
  find: FindReadable,
  rows: readonly Row[],
): Promise<Visible<Row>> {
  const folders = await find([
    ...new Set(rows.map(({ id, parent_id: parentId }) => parentId ?? id)),
  ])
  const folderOf = (row: Row) => folders.get(row.parent_id ?? row.id)
  // Seldom any: a private folder, or what was shared with somebody who may not read the folder.
  const others = rows.filter((row) => !row.inherits || !folderOf(row))
  const readable = await find(others.map(({ id }) => id))
  const open: { row: Row; access: NodeAccess }[] = []
  const closed: { row: Row; access: NodeAccess }[] = []
  for (const row of rows) {
    const folder = folderOf(row)
    const access = (row.inherits ? folder : undefined) ?? readable.get(row.id)
    if (access) open.push({ row, access })
    else if (!row.inherits && isListed(row) && folder) closed.push({ row, access: folder })
  }
  return { open, closed }
}

function isListed(row: ShownRow): row is ShownRow & { parent_id: NodeId } {
  return row.trashed_at === null && row.parent_id !== null
}

/** A private folder to somebody who may not read it. */
export function presentClosed(row: ShownRow): Node {
  const never = new Date(0).toISOString()
  return {
    id: row.id,
    spaceId: row.space_id,
    parentId: row.parent_id,
    name: row.name,
    kind: row.kind,
    isReadable: false,
    inherits: false,
    sizeBytes: null,
    mediaType: null,
    mode: null,
    sha256: null,
    hasConflicts: false,
    seq: 0,
    createdAt: never,
    createdBy: null,
    updatedAt: never,
    updatedBy: null,
    trashedAt: null,
  }
}
