import type { NodeId } from '@cloudsync/protocol'
import { sha256FromBytes, type Sha256 } from '@cloudsync/storage'
import { findRoom, unlimitedRoom, type Room } from '#features/spaces/index.ts'
import type { FilesContext } from '../files-context.ts'

/**
 * The room for another content of a file. The present one of a blob stays as a version; that of a text gives
 * its room up. What the file holds already needs none, so that a request can be repeated. Throws
 * `quota_exceeded` when what is announced does not fit.
 */
export async function roomToReplace(
  { db, nodes }: Pick<FilesContext, 'db' | 'nodes'>,
  nodeId: NodeId,
  announced: { readonly sizeBytes: number; readonly digest: Sha256 | undefined },
): Promise<Room> {
  const { sizeBytes, digest } = announced
  const row = await nodes.get(nodeId)
  if (digest !== undefined && row.sha256 && sha256FromBytes(row.sha256) === digest)
    return unlimitedRoom
  const room = await findRoom(db.kysely, row.space_id)
  const freedBytes = row.kind === 'text' ? (row.size_bytes ?? 0) : 0
  room.require(sizeBytes - freedBytes)
  return { require: (neededBytes) => room.require(neededBytes - freedBytes) }
}
