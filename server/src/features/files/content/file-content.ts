import type { FileMode } from '@cloudsync/protocol'
import { sha256ToBytes } from '@cloudsync/storage'
import type { FileContent } from '../nodes/node-columns.ts'
import type { Incoming } from './content-intake.ts'
import { detectMediaType, unknownType } from './media-type.ts'

/** What a node says of content under a name. Of a link the name tells nothing, nor do the bytes. */
export async function contentOf(
  incoming: Incoming,
  name: string,
  mode: FileMode | undefined,
): Promise<FileContent> {
  if (incoming.kind === 'text') {
    const { format } = incoming.decoded
    return { kind: 'text', format, sizeBytes: incoming.bytes.length }
  }
  const { sha256, sizeBytes, head } = incoming
  const mediaType = mode === 'symlink' ? unknownType : await detectMediaType(head, name)
  return { kind: 'blob', sha256: sha256ToBytes(sha256), sizeBytes, mediaType }
}
