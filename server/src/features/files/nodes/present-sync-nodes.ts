import type { NodeId, SyncNode, UserId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import { may, type Access } from '#features/access/index.ts'
import type { Database } from '#platform/db/database.ts'
import { textEtag } from '../content/text-etag.ts'
import { formatOf } from '../content/text-format.ts'
import type { People } from '../people.ts'
import type { NodeRow } from './node-reader.ts'
import { presentNodes } from './present-node.ts'
import { findVisible, presentClosed } from './visible-nodes.ts'

/** A node with where the log of its text stands, and whether something was granted on itself. */
export type SyncRow = NodeRow & {
  readonly log_epoch: number | null
  readonly log_seq: number | null
  readonly has_grants: boolean
}

/** For `nodes`; gives the columns of a `SyncRow` beside its own. */
export const joinLog = sql`LEFT JOIN documents ON documents.id = nodes.id AND nodes.kind = 'text'`
export const syncColumns = sql`documents.epoch AS log_epoch, documents.seq AS log_seq,
  EXISTS (SELECT FROM grants WHERE grants.node_id = nodes.id) AS has_grants`

export interface SyncViewer {
  readonly db: Database
  readonly access: Access
  readonly people: People
}

/**
 * What somebody sees of nodes who keeps a copy of a space. Decided by what the database has now: what was remembered of
 * their access would be in the copy for longer than the second that it is remembered.
 */
export async function presentSyncNodes(
  { db, access, people }: SyncViewer,
  userId: UserId,
  rows: readonly SyncRow[],
  { isTrashHidden = false }: { readonly isTrashHidden?: boolean } = {},
): Promise<ReadonlyMap<NodeId, SyncNode>> {
  const find = (ids: readonly NodeId[]) => access.listAccessIn(db.kysely, userId, ids)
  const visible = await findVisible(find, rows)
  const isShown = ({ access: { isTrashed } }: { access: { isTrashed: boolean } }) =>
    !isTrashHidden || !isTrashed
  const open = visible.open.filter(isShown)
  const granted = await find(open.flatMap(({ row }) => (row.has_grants ? [row.id] : [])))
  const nodes = await presentNodes(
    open.map(({ row }) => row),
    people,
  )
  const shown = new Map<NodeId, SyncNode>()
  for (const [index, { row, access: found }] of open.entries()) {
    const canEdit = may(granted.get(row.id) ?? found, 'node.edit')
    shown.set(row.id, { ...(nodes[index] as (typeof nodes)[number]), etag: etagOf(row), canEdit })
  }
  for (const { row } of visible.closed.filter(isShown))
    shown.set(row.id, { ...presentClosed(row), etag: null, canEdit: false })
  return shown
}

/** As the ETag of the content, without its quotes. */
function etagOf(row: SyncRow): string | null {
  switch (row.kind) {
    case 'folder':
      return null
    case 'blob':
      return row.sha256?.toString('hex') ?? null
    case 'text': {
      const position = { epoch: row.log_epoch ?? 1, seq: row.log_seq ?? 0 }
      return textEtag({ position, format: formatOf(row) })
    }
  }
}
