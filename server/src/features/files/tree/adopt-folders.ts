import type { NodeId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { FolderDocuments } from '#features/live/index.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'

/**
 * Lists the children of folders whose documents list none: those of a database from before there were
 * folder documents. Does nothing on any other, quickly.
 */
export async function adoptFolders(db: Database, folders: FolderDocuments): Promise<void> {
  const { rows } = await sql<{ id: NodeId }>`
    SELECT documents.id FROM documents JOIN nodes ON nodes.id = documents.id
    WHERE documents.seq = 0 AND nodes.kind = 'folder' AND EXISTS (
      SELECT FROM nodes child WHERE child.parent_id = nodes.id AND child.trashed_at IS NULL)
  `.execute(db.kysely)
  for (const { id } of rows)
    await folders.change([id], null, async (session) => {
      if (session.view(id).size > 0) return
      session.edit(id, await listEntries(session.tx, id))
    })
}

async function listEntries(tx: Kysely<Schema>, parentId: NodeId) {
  const children = await tx
    .selectFrom('nodes')
    .select(['id', 'name', 'kind'])
    .where('parent_id', '=', parentId)
    .where('trashed_at', 'is', null)
    .execute()
  return children.map((child) => ({ type: 'put' as const, ...child }))
}
