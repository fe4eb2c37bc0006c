import { randomUUID } from 'node:crypto'
import { renameSync, unlinkSync, type BigIntStats } from 'node:fs'
import { readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { nameKey } from '@cloudsync/crdt'
import type { Fingerprint } from '../model/entry.ts'
import { isSameNode, isSameState } from '../model/fingerprint.ts'
import type { DiskPath, PlaceOutcome } from '../ports.ts'
import type { DiskContext } from './disk-context.ts'
import { checked } from './folder-access.ts'
import { linkName, takesSecondName } from './link-name.ts'
import { fingerprintOf, statFile, statFileNow } from './stat-file.ts'
import { isAbsence, unlessAbsent } from './system-calls.ts'

const changed = { kind: 'changed' } as const

/** What is in the middle of a move, so that a file that has both names after a crash gets back to one. */
export const moveSuffix = '.move'

/** Of a folder it is asked only whether it is the same one: its times change with what is in it. */
export function isStillThat(stats: BigIntStats | undefined, expected: Fingerprint): boolean {
  if (stats === undefined) return false
  const found = fingerprintOf(stats)
  if (stats.isDirectory()) return isSameNode(expected, found)
  return (stats.isFile() || stats.isSymbolicLink()) && isSameState(expected, found)
}

export async function moveItem(
  context: DiskContext,
  from: DiskPath,
  to: DiskPath,
  expected: Fingerprint,
): Promise<PlaceOutcome> {
  const [fromName, toName] = [checked(from.at(-1) ?? ''), checked(to.at(-1) ?? '')]
  const [fromParent, toParent] = [from.slice(0, -1), to.slice(0, -1)]
  const { access, syncs } = context
  return access.use(fromParent, (fromFolder) =>
    access.use(toParent, async (toFolder) => {
      const source = `${fromFolder}/${fromName}`
      const target = `${toFolder}/${toName}`
      const stats = statFileNow(source)
      if (!stats || !isStillThat(stats, expected)) return changed
      const isMoved = (await isRespelling(context, from, to, toFolder))
        ? await respell(source, target, toFolder, toName)
        : await moveToFree(context, { from, to, source, target, stats })
      if (!isMoved) return changed
      await Promise.all([
        syncs.sync(fromParent.join('/'), fromFolder),
        syncs.sync(toParent.join('/'), toFolder),
      ])
      const moved = await unlessAbsent(statFile(target))
      const { hasModes } = context.traits
      if (moved && isUntouched(context, stats, moved))
        return { kind: 'done', value: fingerprintOf(moved, hasModes) }
      // What they did is found by the next look.
      return { kind: 'done', value: fingerprintOf(stats, hasModes), isChangedSince: true }
    }),
  )
}

/** The move changed the time of the last change, and nothing else. An inode that became free is given to the next file. */
function isUntouched({ traits }: DiskContext, before: BigIntStats, now: BigIntStats): boolean {
  if (traits.hasStableInodes && before.ino !== now.ino) return false
  return before.isDirectory()
    ? now.isDirectory()
    : before.size === now.size && before.mtimeNs === now.mtimeNs
}

interface Move {
  readonly from: DiskPath
  readonly to: DiskPath
  readonly source: string
  readonly target: string
  readonly stats: BigIntStats
}

async function moveToFree(context: DiskContext, move: Move): Promise<boolean> {
  const { source, target, stats } = move
  if (statFileNow(target)) return false
  // Over a folder that somebody made meanwhile, `rename` goes only if that is empty.
  if (stats.isDirectory() || !takesSecondName(context.traits, stats.isSymbolicLink())) {
    renameSync(source, target)
    return true
  }
  return context.access.useOwn(['tmp'], async (own) => {
    const note = `${own}/${randomUUID()}${moveSuffix}`
    await writeFile(note, JSON.stringify({ from: move.from, to: move.to }), { flag: 'wx' })
    try {
      // An editor may have saved since it was looked at. From here on nothing waits.
      if (statFileNow(source)?.ino !== stats.ino) return false
      const link = linkName(source, target)
      if (link === 'linked') removeOldName(source, target)
      if (link !== 'unable') return link === 'linked'
      if (statFileNow(target)) return false
      renameSync(source, target)
      return true
    } finally {
      await unlink(note)
    }
  })
}

/**
 * Whichever file was linked: one with both names would be two to everybody, each with all that is written into the
 * other. What an editor has put under the old name since then stays.
 */
function removeOldName(source: string, target: string): void {
  const linked = statFileNow(target)
  if (linked && statFileNow(source)?.ino === linked.ino) unlinkSync(source)
}

/** Another spelling of the same name, on a disk where both find the same file. Inodes do not tell that on every one. */
async function isRespelling(
  { traits }: DiskContext,
  from: DiskPath,
  to: DiskPath,
  folder: string,
): Promise<boolean> {
  if (!traits.isCaseInsensitive && !traits.isNormalizing) return false
  if (from.slice(0, -1).join('/') !== to.slice(0, -1).join('/')) return false
  const key = nameKey(to.at(-1) ?? '')
  const alike = (await readdir(folder)).filter((name) => nameKey(name) === key)
  return alike.length === 1 && nameKey(from.at(-1) ?? '') === key
}

/** Some file systems take the new spelling at once, others only by way of another name. */
async function respell(
  source: string,
  target: string,
  folder: string,
  name: string,
): Promise<boolean> {
  renameSync(source, target)
  if ((await readdir(folder)).includes(name)) return true
  const between = `${folder}/${randomUUID()}`
  renameSync(target, between)
  if (statFileNow(target)) return false
  renameSync(between, target)
  return true
}

/** Ends a move that a crash broke off: where both names are the same file, the old one goes. */
export async function finishMove(context: DiskContext, note: string): Promise<void> {
  const move = parseNote(await readFile(note, 'utf8'))
  if (!move) return
  try {
    await context.access.use(move.from.slice(0, -1), (fromFolder) =>
      context.access.use(move.to.slice(0, -1), async (toFolder) => {
        const source = `${fromFolder}/${checked(move.from.at(-1) ?? '')}`
        const target = `${toFolder}/${checked(move.to.at(-1) ?? '')}`
        const [one, other] = [statFileNow(source), statFileNow(target)]
        if (
          one &&
          !one.isDirectory() &&
          one.dev === other?.dev &&
          one.ino === other.ino &&
          one.nlink > 1n
        )
          await unlink(source)
      }),
    )
  } catch (error) {
    if (!isAbsence(error)) throw error
  }
}

function parseNote(text: string): { from: string[]; to: string[] } | undefined {
  try {
    const { from, to } = JSON.parse(text) as { from?: unknown; to?: unknown }
    return isPath(from) && isPath(to) ? { from, to } : undefined
  } catch {
    return undefined
  }
}

function isPath(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
}
