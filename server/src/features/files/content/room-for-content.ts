import type { NodeId } from '@cloudsync/protocol'
import { sha256FromBytes, type Sha256 } from '@cloudsync/storage'
import { roomOf, type Room } from '#features/spaces/index.ts'
import type { FilesContext } from '../files-context.ts'
import type { NodeRow } from '../nodes/node-reader.ts'

/**
 * The room for another content of a file. The present one of a blob stays as a version; that of a text gives
 * its room up. What the file holds already needs none, so that a request can be repeated. Throws
 * `quota_exceeded` when what is announced does not fit.
 */
export async function roomToReplace(
  { nodes }: Pick<FilesContext, 'nodes'>,
  nodeId: NodeId,
  announced: { readonly sizeBytes: number; readonly digest: Sha256 | undefined },
): Promise<Room> {
  const { sizeBytes, digest } = announced
  const { row, usage } = await nodes.getInSpace(nodeId)
  const isHeld = digest !== undefined && row.sha256 && sha256FromBytes(row.sha256) === digest
  const freedBytes = row.kind === 'text' ? (row.size_bytes ?? 0) : 0
  const left = roomOf(usage)
  const room = { require: (neededBytes: number) => left.require(neededBytes - freedBytes) }
  const wanted = isHeld ? roomAgain(row, room) : room
  wanted.require(sizeBytes)
  return wanted
}

/** Bytes that are said to be those of a file need no room, as long as they are no more than it has. */
export function roomAgain({ size_bytes: heldBytes }: NodeRow, room: Room): Room {
  return {
    require: (neededBytes) => {
      if (neededBytes > (heldBytes ?? 0)) room.require(neededBytes)
    },
  }
}
