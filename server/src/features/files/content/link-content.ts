import { decodeText } from '@cloudsync/crdt'
import { maxLinkBytes, type FileMode } from '@cloudsync/protocol'
import type { Contents } from '#features/contents/index.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Incoming, IncomingBlob } from './content-intake.ts'
import { textLimits } from './text-format.ts'

/**
 * What arrived for a file of that mode. The target of a symbolic link is bytes, whatever its name, and none that a person
 * edits with others. Throws `invalid_link` for what no disk takes for a target.
 */
export async function incomingOf(
  contents: Contents,
  mode: FileMode | undefined,
  incoming: Incoming,
): Promise<Incoming> {
  return mode === 'symlink' ? linkOf(contents, incoming) : incoming
}

async function linkOf(contents: Contents, incoming: Incoming): Promise<IncomingBlob> {
  const bytes = incoming.kind === 'text' ? incoming.bytes : await readShort(contents, incoming)
  const isTarget =
    bytes !== undefined &&
    bytes.length > 0 &&
    bytes.length <= maxLinkBytes &&
    decodeText(bytes, textLimits.import).kind === 'text'
  if (!isTarget)
    throw new ProblemError('invalid_link', {
      detail: `A target is UTF-8 without NUL, of 1 to ${maxLinkBytes} bytes`,
    })
  const stored = await contents.put(bytes)
  return { kind: 'blob', ...stored, head: bytes }
}

async function readShort(
  contents: Contents,
  { sha256, sizeBytes }: IncomingBlob,
): Promise<Uint8Array | undefined> {
  return sizeBytes <= maxLinkBytes ? contents.get(sha256) : undefined
}
