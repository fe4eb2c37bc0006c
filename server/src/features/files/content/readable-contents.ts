import type { NodeId, UserId } from '@cloudsync/protocol'
import { sha256ToBytes } from '@cloudsync/storage'
import { sql } from 'kysely'
import type { ContentName } from '#features/contents/index.ts'
import type { FilesContext } from '../files-context.ts'

/** Of files with the same content so many are looked at in each space, lest trashed folders full of them cost much. */
const maxPerSpace = 20

/**
 * Whether a person may read these bytes already: a file outside the trash, in a space of theirs, has them as its
 * content or as that of a version that is kept. What others have neither changes the answer nor takes time.
 */
export async function mayReadContent(
  context: Pick<FilesContext, 'db' | 'access'>,
  userId: UserId,
  content: ContentName,
): Promise<boolean> {
  const holders = await listHolders(context, userId, content)
  // Asked also when there is none: what others have in private folders takes no time either.
  const readable = await context.access.listAccess(userId, holders)
  return holders.some((id) => readable.get(id)?.isTrashed === false)
}

/** The limit in the inner query has the database begin with the spaces, and not with all that have the content. */
async function listHolders(
  { db, access }: Pick<FilesContext, 'db' | 'access'>,
  userId: UserId,
  { sha256, sizeBytes }: ContentName,
): Promise<NodeId[]> {
  const { rows } = await sql<{ id: NodeId }>`
    SELECT DISTINCT holders.id FROM unnest(${await access.listSpaces(userId)}::uuid[]) AS space (id)
    CROSS JOIN LATERAL (
      SELECT nodes.id FROM versions JOIN nodes ON nodes.id = versions.node_id
      WHERE versions.sha256 = ${Buffer.from(sha256ToBytes(sha256))} AND versions.space_id = space.id
        AND versions.size_bytes = ${sizeBytes} AND nodes.kind = 'blob' AND nodes.trashed_at IS NULL
      LIMIT ${maxPerSpace}
    ) AS holders`.execute(db.kysely)
  return rows.map((row) => row.id)
}
