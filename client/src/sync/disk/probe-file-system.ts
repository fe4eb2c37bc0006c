import { randomUUID } from 'node:crypto'
import {
  chmod,
  link,
  lstat,
  mkdir,
  readdir,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import type { FileSystemTraits } from '../model/file-system-traits.ts'
import { statFile } from './stat-file.ts'
import { diskCalls, unlessAbsent } from './system-calls.ts'

/** Kernels take the time of a change from a clock that ticks a hundred times in a second or more often. */
const clockTickMs = 20

/** Tries out what the file system does, in a folder that is made in `folder` and removed again. */
export function probeFileSystem(folder: string): Promise<FileSystemTraits> {
  return diskCalls(async () => {
    const place = join(folder, `probe-${randomUUID()}`)
    await mkdir(place)
    try {
      return await probe(place)
    } finally {
      await rm(place, { recursive: true, force: true })
    }
  })
}

async function probe(place: string): Promise<FileSystemTraits> {
  const name = 'Prob\u00e9'
  const file = join(place, name)
  await writeFile(file, '')
  const [listed = name] = await readdir(place)
  const upper = await unlessAbsent(statFile(join(place, name.toUpperCase())))
  const hasHardLinks = await succeeds(() => link(file, join(place, 'link')))
  const { birthtimeNs } = await statFile(file)
  return {
    isCaseInsensitive: upper !== undefined,
    isNormalizing: listed !== name,
    timeGranularityMs: Math.max(clockTickMs, await timeGranularityMs(file)),
    hasHardLinks,
    hasModes: await hasModes(file),
    hasSymlinks: await hasSymlinks(place),
    // What cannot link makes up its inodes, and what knows no birth gives numbers of removed files to new ones.
    hasStableInodes: hasHardLinks && birthtimeNs > 0n,
    maxNameBytes: await maxNameBytes(place),
  }
}

/** Whether it keeps what it is told, both ways. */
async function hasModes(file: string): Promise<boolean> {
  for (const mode of [0o744, 0o644]) {
    if (!(await succeeds(() => chmod(file, mode)))) return false
    if (((await lstat(file)).mode & 0o111) !== (mode & 0o111)) return false
  }
  return true
}

/** One that leads nowhere, as many do. */
async function hasSymlinks(place: string): Promise<boolean> {
  const path = join(place, 'symlink')
  if (!(await succeeds(() => symlink('nowhere', path)))) return false
  return (await lstat(path)).isSymbolicLink()
}

async function timeGranularityMs(file: string): Promise<number> {
  const seconds = 1_700_000_001.125
  await utimes(file, seconds, seconds)
  const { mtimeNs } = await statFile(file)
  const keptMs = Number(mtimeNs / 1_000_000n)
  if (keptMs < 1_700_000_001_000) return 2_000
  if (keptMs === 1_700_000_001_000) return 1_000
  return keptMs === 1_700_000_001_125 ? 1 : 10
}

/** 255 nearly everywhere; less where names are encrypted. */
async function maxNameBytes(place: string): Promise<number> {
  let fits = 32
  let tooMany = 256
  while (tooMany - fits > 1) {
    const bytes = fits === 32 ? 255 : (fits + tooMany) >> 1
    const path = join(place, 'n'.repeat(bytes))
    if (await succeeds(() => writeFile(path, ''))) fits = bytes
    else tooMany = bytes
  }
  return fits
}

async function succeeds(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch {
    return false
  }
}
