import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import type { ContentName, Fingerprint } from '../model/entry.ts'
import { DiskError } from '../model/failures.ts'
import { isSameState } from '../model/fingerprint.ts'
import type { DiskOutcome, DiskPath } from '../ports.ts'
import type { DiskContext } from './disk-context.ts'
import { checked } from './folder-access.ts'
import { fingerprintOf, statFile } from './stat-file.ts'
import { unlessAbsent } from './system-calls.ts'

// Without waiting for a writer, should it have become a pipe meanwhile.
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
const openFlags = O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0)
const partBytes = 512 * 1024

/** The bytes of a file that is still the one of `expected` when all of it was read. Throws `DiskError('changed')` else. */
export async function* readFile(
  context: DiskContext,
  path: DiskPath,
  expected: Fingerprint,
): AsyncGenerator<Uint8Array, void> {
  const handle = await openFile(context, path)
  try {
    await requireSame(handle, expected)
    yield* partsOf(handle)
    await requireSame(handle, expected)
  } finally {
    await handle.close()
  }
}

export async function hashFile(
  context: DiskContext,
  path: DiskPath,
): Promise<DiskOutcome<{ sha256: ContentName; fingerprint: Fingerprint }>> {
  const name = checked(path.at(-1) ?? '')
  return context.access.use(path.slice(0, -1), async (folder) => {
    const place = `${folder}/${name}`
    const handle = await open(place, openFlags)
    try {
      const stats = await handle.stat({ bigint: true })
      if (!stats.isFile()) return { kind: 'changed' }
      const before = fingerprintOf(stats)
      const sha256 = await hashOf(handle, before.sizeBytes)
      // By its name: an editor may have put another file there.
      const after = await unlessAbsent(statFile(place))
      const isSame = after?.isFile() && isSameState(before, fingerprintOf(after))
      if (sha256 === undefined || !isSame) return { kind: 'changed' }
      return { kind: 'done', value: { sha256, fingerprint: before } }
    } finally {
      await handle.close()
    }
  })
}

/** Of so many bytes; `undefined` where there are fewer. That there are more shows in the state of the file. */
async function hashOf(handle: FileHandle, sizeBytes: number): Promise<string | undefined> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(Math.min(partBytes, sizeBytes))
  let leftBytes = sizeBytes
  while (leftBytes > 0) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, leftBytes))
    if (bytesRead === 0) return undefined
    hash.update(buffer.subarray(0, bytesRead))
    leftBytes -= bytesRead
  }
  return hash.digest('hex')
}

function openFile(context: DiskContext, path: DiskPath): Promise<FileHandle> {
  const name = checked(path.at(-1) ?? '')
  return context.access.use(path.slice(0, -1), (folder) => open(`${folder}/${name}`, openFlags))
}

async function requireSame(handle: FileHandle, expected: Fingerprint): Promise<void> {
  const stats = await handle.stat({ bigint: true })
  if (!stats.isFile() || !isSameState(expected, fingerprintOf(stats)))
    throw new DiskError('changed', 'the file is another one than it was')
}

async function* partsOf(handle: FileHandle): AsyncGenerator<Uint8Array> {
  for (;;) {
    const buffer = Buffer.allocUnsafe(partBytes)
    const { bytesRead } = await handle.read(buffer, 0, partBytes)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}
