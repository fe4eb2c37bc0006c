import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsync,
  futimesSync,
  lutimesSync,
  open,
  openSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  write,
  writeSync,
  type BigIntStats,
} from 'node:fs'
import { unlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Fingerprint } from '../model/entry.ts'
import { DiskError } from '../model/failures.ts'
import { isSameState } from '../model/fingerprint.ts'
import type { DiskPath, PlaceOutcome } from '../ports.ts'
import type { DiskContext } from './disk-context.ts'
import { checked } from './folder-access.ts'
import { linkName, takesSecondName } from './link-name.ts'
import { fingerprintOf, statFile, statFileNow, statOpenFile } from './stat-file.ts'
import { errnoOf, isAbsence, unlessAbsent } from './system-calls.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
const changed = { kind: 'changed' } as const
const openLater = promisify(open)
const writeLater = promisify(write)
const fsyncLater = promisify(fsync)
const smallBytes = 64 * 1024

/** What was there before is kept under this until it is sure that it was what it should have been. */
export const replacedSuffix = '.replaced'

/** Where a file goes, and what should be there. */
interface Target {
  readonly path: string
  readonly folder: string
  readonly folderKey: string
  readonly expected: Fingerprint | null
  /** Of links, and not of files. */
  readonly isLink: boolean
}

/**
 * Writes beside, syncs, looks whether the target still is what the caller saw, and puts the new file in its place in one
 * step. Whenever the process dies, the target is the old file or the new one.
 */
export async function writeFile(
  context: DiskContext,
  path: DiskPath,
  content: AsyncIterable<Uint8Array>,
  expected: Fingerprint | null,
  whenStaged?: (fingerprint: Fingerprint) => Promise<void>,
  isExecutable = false,
): Promise<PlaceOutcome> {
  const newMode = isExecutable ? 0o777 : 0o666
  return place(context, path, expected, {
    isLink: false,
    whenStaged,
    stage: (temporary, there) => stage(context, temporary, content, { replaced: there, newMode }),
  })
}

/** As `writeFile`, of a symbolic link. */
export function writeLink(
  context: DiskContext,
  path: DiskPath,
  target: string,
  expected: Fingerprint | null,
  whenStaged?: (fingerprint: Fingerprint) => Promise<void>,
): Promise<PlaceOutcome> {
  return place(context, path, expected, {
    isLink: true,
    whenStaged,
    stage: async (temporary) => {
      symlinkSync(target, temporary)
      const seconds = backdated(context)
      lutimesSync(temporary, seconds, seconds)
      return statFile(temporary)
    },
  })
}

/** What is to be put in its place, once it is all there. */
interface Staging {
  readonly isLink: boolean
  readonly stage: (temporary: string, there: BigIntStats | undefined) => Promise<BigIntStats>
  readonly whenStaged: ((fingerprint: Fingerprint) => Promise<void>) | undefined
}

async function place(
  context: DiskContext,
  diskPath: DiskPath,
  expected: Fingerprint | null,
  { isLink, stage: stageIt, whenStaged }: Staging,
): Promise<PlaceOutcome> {
  const name = checked(diskPath.at(-1) ?? '')
  const parent = diskPath.slice(0, -1)
  try {
    return await context.access.use(parent, async (folder) => {
      const path = `${folder}/${name}`
      const target = { path, folder, folderKey: parent.join('/'), expected, isLink }
      const there = await look(context, target.path)
      if (!isAsExpected(there, target)) return changed
      return context.access.useOwn(['tmp'], async (own) => {
        const temporary = `${own}/${randomUUID()}`
        let isPlaced = false
        try {
          const staged = await stageIt(temporary, there)
          await whenStaged?.(fingerprintOf(staged, context.traits.hasModes))
          return await asOwn(context, diskPath, staged, async () => {
            isPlaced = await putThere(context, temporary, target)
            return isPlaced ? settle(context, staged, target) : changed
          })
        } finally {
          if (!isPlaced) await unlessAbsent(unlink(temporary))
        }
      })
    })
  } catch (error) {
    // The folder is gone, or is none any more; where the whole disk is, the caller is told.
    if (isAbsence(error) && (await isPresent(context))) return changed
    throw error
  }
}

/** So that what the system tells of it is not taken for what somebody else did. */
async function asOwn(
  { own }: DiskContext,
  diskPath: DiskPath,
  staged: BigIntStats,
  put: () => Promise<PlaceOutcome>,
): Promise<PlaceOutcome> {
  let left: Fingerprint | undefined
  own.placing(diskPath, String(staged.ino))
  try {
    const outcome = await put()
    if (outcome.kind === 'done' && outcome.isChangedSince !== true) left = outcome.value
    return outcome
  } finally {
    if (left) own.left(diskPath, left)
    else own.lost(diskPath)
  }
}

function look(
  { quick }: DiskContext,
  path: string,
): BigIntStats | undefined | Promise<BigIntStats | undefined> {
  return quick.run(
    () => statFileNow(path),
    () => unlessAbsent(statFile(path)),
  )
}

async function isPresent({ access }: DiskContext): Promise<boolean> {
  return (await unlessAbsent(access.useOwn(['tmp'], async () => true))) ?? false
}

function isAsExpected(
  there: BigIntStats | undefined,
  { expected, isLink }: Pick<Target, 'expected' | 'isLink'>,
): boolean {
  if (expected === null) return there === undefined
  const isOfKind = isLink ? there?.isSymbolicLink() : there?.isFile()
  return there !== undefined && isOfKind === true && isSameState(expected, fingerprintOf(there))
}

async function stage(
  context: DiskContext,
  path: string,
  content: AsyncIterable<Uint8Array>,
  { replaced, newMode }: { replaced: BigIntStats | undefined; newMode: number },
): Promise<BigIntStats> {
  const flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW
  const fd = await context.quick.run(
    () => openSync(path, flags, newMode),
    () => openLater(path, flags, newMode),
  )
  try {
    let sizeBytes = 0
    for await (const part of content) {
      await writeAll(context, fd, part)
      sizeBytes += part.length
    }
    if (replaced) takeOver(fd, replaced)
    // Whatever the mask of the process says: else it would be taken for a change of the mode.
    else if (newMode === 0o777)
      succeeds(() => fchmodSync(fd, (Number(statOpenFile(fd).mode) & 0o7777) | 0o100))
    const seconds = backdated(context)
    futimesSync(fd, seconds, seconds)
    await fsyncLater(fd)
    const stats = statOpenFile(fd)
    if (stats.size !== BigInt(sizeBytes)) throw new DiskError('EIO', 'the file has another size')
    return stats
  } finally {
    closeSync(fd)
  }
}

/** Older than any change that comes after, even where both would be cut to the same time. */
function backdated({ now, traits }: DiskContext): number {
  return (now() - traits.timeGranularityMs) / 1_000
}

async function writeAll({ quick }: DiskContext, fd: number, part: Uint8Array): Promise<void> {
  for (let offset = 0; offset < part.length;) {
    const left = part.subarray(offset)
    const inBackground = async () => (await writeLater(fd, left)).bytesWritten
    offset +=
      left.length > smallBytes
        ? await inBackground()
        : await quick.run(() => writeSync(fd, left), inBackground)
  }
}

/** Mode and owner of the file that goes, as far as the system lets us and knows them. */
function takeOver(fd: number, replaced: BigIntStats): void {
  const own = statOpenFile(fd)
  const isOwned =
    (own.uid === replaced.uid && own.gid === replaced.gid) ||
    succeeds(() => fchownSync(fd, Number(replaced.uid), Number(replaced.gid)))
  // After the owner, which takes some bits away. With the rights of another one nothing is to run.
  const bits = isOwned ? 0o7777n : 0o777n
  succeeds(() => fchmodSync(fd, Number(replaced.mode & bits)))
}

function succeeds(call: () => void): boolean {
  try {
    call()
    return true
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EINVAL'].includes(errnoOf(error) ?? '')) throw error
    return false
  }
}

/** Whether it is there now; then there is nothing under its temporary name any more. */
function putThere(context: DiskContext, temporary: string, target: Target): Promise<boolean> {
  return target.expected === null
    ? placeNew(context, temporary, target)
    : replace(context, temporary, { ...target, expected: target.expected })
}

async function settle(
  context: DiskContext,
  staged: BigIntStats,
  target: Target,
): Promise<PlaceOutcome> {
  await context.syncs.sync(target.folderKey, target.folder)
  const stats = await look(context, target.path)
  const isOurs =
    stats?.ino === staged.ino && stats.size === staged.size && stats.mtimeNs === staged.mtimeNs
  const { hasModes } = context.traits
  if (isOurs) return { kind: 'done', value: fingerprintOf(stats, hasModes) }
  // What they did is found by the next look.
  if (!stats) return { ...changed, isChangedSince: true }
  return { kind: 'done', value: fingerprintOf(staged, hasModes), isChangedSince: true }
}

/** By a link, which the system refuses where anything is. Without links, looking and renaming follow each other at once. */
async function placeNew(
  { traits }: DiskContext,
  temporary: string,
  target: Target,
): Promise<boolean> {
  const link = takesSecondName(traits, target.isLink) ? linkName(temporary, target.path) : 'unable'
  if (link === 'unable') {
    if (statFileNow(target.path)) return false
    renameSync(temporary, target.path)
    return true
  }
  if (link === 'linked') unlinkSync(temporary)
  return link === 'linked'
}

/**
 * Nothing waits between the look and the renaming. What a program still wrote into the old file in that moment is seen
 * afterwards, as it is kept by a second name until then, and put back.
 */
async function replace(
  { traits }: DiskContext,
  temporary: string,
  target: Target & { readonly expected: Fingerprint },
): Promise<boolean> {
  const kept = `${temporary}${replacedSuffix}`
  if (!isAsExpected(statFileNow(target.path), target)) return false
  const link = takesSecondName(traits, target.isLink) ? linkName(target.path, kept) : 'unable'
  if (link === 'unable') {
    renameSync(temporary, target.path)
    return true
  }
  if (link !== 'linked') return false
  try {
    if (statFileNow(kept)?.ino !== statFileNow(target.path)?.ino) return false
    renameSync(temporary, target.path)
    const old = statFileNow(kept)
    if (old && isUntouched(old, target.expected)) return true
    renameSync(kept, target.path)
    return false
  } finally {
    await unlessAbsent(unlink(kept))
  }
}

/** The second name changed the time of the last change, and nothing else. */
function isUntouched(old: BigIntStats, expected: Fingerprint): boolean {
  return isSameState({ ...expected, changedNs: '' }, { ...fingerprintOf(old), changedNs: '' })
}
