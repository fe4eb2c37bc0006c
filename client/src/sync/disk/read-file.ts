import { createHash, hash } from 'node:crypto'
import { closeSync, constants, open, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import type { ContentName, Fingerprint } from '../model/entry.ts'
import { DiskError } from '../model/failures.ts'
import { isSameState } from '../model/fingerprint.ts'
import type { DiskOutcome, DiskPath } from '../ports.ts'
import type { DiskContext } from './disk-context.ts'
import { checked } from './folder-access.ts'
import { fingerprintOf, statFile, statFileNow, statOpenFile } from './stat-file.ts'
import { unlessAbsent } from './system-calls.ts'

// Without waiting for a writer, should it have become a pipe meanwhile.
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
const openFlags = O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0)
const openLater = promisify(open)
const readLater = promisify(read)
const partBytes = 512 * 1024
const smallBytes = 64 * 1024

/** The bytes of a file that is still the one of `expected` when all of it was read. Throws `DiskError('changed')` else. */
export async function* readFile(
  context: DiskContext,
  path: DiskPath,
  expected: Fingerprint,
): AsyncGenerator<Uint8Array, void> {
  const fd = await openFile(context, path)
  try {
    requireSame(fd, expected)
    yield* partsOf(context, fd, expected.sizeBytes)
    requireSame(fd, expected)
  } finally {
    closeSync(fd)
  }
}

export async function hashFile(
  context: DiskContext,
  path: DiskPath,
): Promise<DiskOutcome<{ sha256: ContentName; fingerprint: Fingerprint }>> {
  const name = checked(path.at(-1) ?? '')
  return context.access.use(path.slice(0, -1), async (folder) => {
    const place = `${folder}/${name}`
    const fd = await openIn(context, place)
    try {
      const stats = statOpenFile(fd)
      if (!stats.isFile()) return { kind: 'changed' }
      const before = fingerprintOf(stats, context.traits.hasModes)
      const sha256 = await hashOf(context, fd, before.sizeBytes)
      // By its name: an editor may have put another file there.
      const after = await context.quick.run(
        () => statFileNow(place),
        () => unlessAbsent(statFile(place)),
      )
      const isSame = after?.isFile() && isSameState(before, fingerprintOf(after))
      if (sha256 === undefined || !isSame) return { kind: 'changed' }
      return { kind: 'done', value: { sha256, fingerprint: before } }
    } finally {
      closeSync(fd)
    }
  })
}

/** Of so many bytes; `undefined` where there are fewer. That there are more shows in the state of the file. */
async function hashOf(
  context: DiskContext,
  fd: number,
  sizeBytes: number,
): Promise<string | undefined> {
  if (sizeBytes <= smallBytes) return hashOfSmall(context, fd, sizeBytes)
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(Math.min(partBytes, sizeBytes))
  let leftBytes = sizeBytes
  while (leftBytes > 0) {
    const bytesRead = await readPart(context, fd, buffer.subarray(0, leftBytes))
    if (bytesRead === 0) return undefined
    hash.update(buffer.subarray(0, bytesRead))
    leftBytes -= bytesRead
  }
  return hash.digest('hex')
}

/** Used again and again: of many files each would have one of its own, which the garbage collector counts and frees. */
const spareBuffers: Buffer[] = []
const mostSpareBuffers = 16

async function hashOfSmall(
  context: DiskContext,
  fd: number,
  sizeBytes: number,
): Promise<string | undefined> {
  const buffer = spareBuffers.pop() ?? Buffer.allocUnsafeSlow(smallBytes)
  try {
    let readBytes = 0
    while (readBytes < sizeBytes) {
      const bytesRead = await readPart(context, fd, buffer.subarray(readBytes, sizeBytes))
      if (bytesRead === 0) return undefined
      readBytes += bytesRead
    }
    return hash('sha256', buffer.subarray(0, sizeBytes))
  } finally {
    if (spareBuffers.length < mostSpareBuffers) spareBuffers.push(buffer)
  }
}

function openFile(context: DiskContext, path: DiskPath): Promise<number> {
  const name = checked(path.at(-1) ?? '')
  return context.access.use(path.slice(0, -1), async (folder) =>
    openIn(context, `${folder}/${name}`),
  )
}

function openIn({ quick }: DiskContext, place: string): number | Promise<number> {
  return quick.run(
    () => openSync(place, openFlags),
    () => openLater(place, openFlags),
  )
}

/** Large parts are read in the background: from a disk that is quick too, they take their time. */
function readPart({ quick }: DiskContext, fd: number, into: Buffer): number | Promise<number> {
  const inBackground = async () => (await readLater(fd, into, 0, into.length, null)).bytesRead
  if (into.length > smallBytes) return inBackground()
  return quick.run(() => readSync(fd, into, 0, into.length, null), inBackground)
}

function requireSame(fd: number, expected: Fingerprint): void {
  const stats = statOpenFile(fd)
  if (!stats.isFile() || !isSameState(expected, fingerprintOf(stats)))
    throw new DiskError('changed', 'the file is another one than it was')
}

/** That there are more or fewer shows in the state of the file, which is asked for next. */
async function* partsOf(
  context: DiskContext,
  fd: number,
  sizeBytes: number,
): AsyncGenerator<Uint8Array> {
  for (let leftBytes = sizeBytes; leftBytes > 0;) {
    const buffer = Buffer.allocUnsafe(Math.min(partBytes, leftBytes))
    const bytesRead = await readPart(context, fd, buffer)
    if (bytesRead === 0) return
    leftBytes -= bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
