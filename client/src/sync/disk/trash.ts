import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs'
import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import type { Fingerprint } from '../model/entry.ts'
import type { DiskOutcome, DiskPath } from '../ports.ts'
import type { DiskContext } from './disk-context.ts'
import { checked } from './folder-access.ts'
import { syncFolder } from './folder-syncs.ts'
import { isStillThat } from './move-item.ts'
import { statFileNow } from './stat-file.ts'
import { errnoOf, isAbsence } from './system-calls.ts'

const dayMs = 86_400_000
const trashDays = 7

/** Beside what was trashed: `path`, where it was. */
const placeName = 'place.json'

const nothing: ReadonlySet<string> = new Set()

/** To `.cloudsync/trash/<date>-<id>/<name>`. Whatever somebody did to a file in the last moment is in there too. */
export async function trashItem(
  context: DiskContext,
  path: DiskPath,
  expected: Fingerprint,
  alongside = nothing,
): Promise<DiskOutcome<void>> {
  const name = checked(path.at(-1) ?? '')
  const parent = path.slice(0, -1)
  return context.access.use(parent, async (folder) => {
    const source = `${folder}/${name}`
    const stats = statFileNow(source)
    if (!isStillThat(stats, expected)) return { kind: 'changed' }
    const isTrashed = stats?.isDirectory()
      ? await trashFolder(context, path, source, alongside)
      : await moveToTrash(context, path, (target) => {
          if (!isStillThat(statFileNow(source), expected)) return false
          renameSync(source, target)
          return true
        })
    if (!isTrashed) return { kind: 'changed' }
    await context.syncs.sync(parent.join('/'), folder)
    return { kind: 'done', value: undefined }
  })
}

/**
 * A folder is never moved with what is in it: a file that somebody has put there since it was looked at would go with it,
 * and nobody would hear of it. It is removed, which the system does only where it is empty.
 */
async function trashFolder(
  context: DiskContext,
  path: DiskPath,
  source: string,
  alongside: ReadonlySet<string>,
): Promise<boolean> {
  const names = await readdir(source)
  if (names.some((name) => !alongside.has(name))) return false
  if (names.length === 0) return removeIfEmpty(source)
  let isRemoved = false
  await moveToTrash(context, path, (target) => {
    mkdirSync(target)
    for (const name of names) renameSync(`${source}/${name}`, `${target}/${name}`)
    isRemoved = removeIfEmpty(source)
    return isRemoved || !movedBack(target, source)
  })
  return isRemoved
}

/** Not over what somebody has made there anew: then the other one stays in the trash. */
function movedBack(from: string, to: string): boolean {
  for (const name of readdirSync(from))
    if (!statFileNow(`${to}/${name}`)) renameSync(`${from}/${name}`, `${to}/${name}`)
  return removeIfEmpty(from)
}

function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    // POSIX leaves to the system which of them says that it is not empty.
    if (['ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) return false
    throw error
  }
}

/** Makes a place in the trash for what was at `path`; `move` is given where it goes, and says whether it went. */
export function moveToTrash(
  context: DiskContext,
  path: DiskPath,
  move: (target: string) => boolean,
): Promise<boolean> {
  return context.access.useOwn(['trash'], async (trash) => {
    const day = new Date(context.now()).toISOString().slice(0, 10)
    const own = `${trash}/${day}-${randomUUID()}`
    await mkdir(own, { mode: 0o700 })
    // Below, so that nothing that is trashed can have this name.
    await mkdir(`${own}/item`, { mode: 0o700 })
    await writeFile(`${own}/${placeName}`, JSON.stringify({ path }))
    let isMoved = false
    try {
      isMoved = move(`${own}/item/${path.at(-1) ?? 'item'}`)
    } catch (error) {
      if (!isAbsence(error)) throw error
    }
    if (isMoved) {
      await syncFolder(`${own}/item`)
      await syncFolder(own)
      await syncFolder(trash)
    } else {
      await rm(`${own}/${placeName}`)
      await rmdir(`${own}/item`)
      await rmdir(own)
    }
    return isMoved
  })
}

/** Removes for good what has been in the trash for longer than a week. */
export function expireTrash(context: DiskContext): Promise<void> {
  return context.access.useOwn(['trash'], async (trash) => {
    for (const name of await readdir(trash)) {
      const day = Date.parse(name.slice(0, 10))
      // Trashed at any time of that day, so that day counts whole.
      if (Number.isNaN(day) || context.now() < day + (trashDays + 1) * dayMs) continue
      await rm(`${trash}/${name}`, { recursive: true, force: true })
    }
  })
}
