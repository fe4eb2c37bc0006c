import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { DiskError } from '../model/failures.ts'
import { ownFolder } from './folder-access.ts'
import { syncFolder } from './folder-syncs.ts'
import { fingerprintOf, statFile } from './stat-file.ts'
import { diskCalls, unlessAbsent } from './system-calls.ts'

const markName = 'link.json'

/** What `.cloudsync/link.json` says: whose folder this is, and which folder it was. */
interface LinkMark {
  readonly linkId: string
  readonly device: string
  readonly inode: string
  readonly bornNs: string
}

/** Marks a folder as the one of a link. May be called again, as after a folder was moved to another disk on purpose. */
export function markLinkedFolder(root: string, linkId: string): Promise<void> {
  return diskCalls(async () => {
    const own = join(root, ownFolder)
    for (const folder of [own, join(own, 'tmp'), join(own, 'trash')]) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      if (!(await statFile(folder)).isDirectory()) throw new DiskError('ENOTDIR', folder)
    }
    const { device, inode, bornNs } = fingerprintOf(await statFile(root))
    const mark: LinkMark = { linkId, device, inode, bornNs }
    const temporary = join(own, 'tmp', randomUUID())
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(mark, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, join(own, markName))
    await syncFolder(own)
    await syncFolder(root)
  })
}

/** Of which link a folder is, if of any. */
export async function findLinkId(root: string): Promise<string | undefined> {
  return (await readMark(root))?.linkId
}

/**
 * The device of `root`, if that is the very folder that was marked: not the empty one below a mount, nor a copy that was
 * put there.
 */
export function findLinkedDevice(root: string, linkId: string): Promise<string | undefined> {
  return diskCalls(async () => {
    const mark = await readMark(root)
    const stats = await unlessAbsent(statFile(root))
    if (mark?.linkId !== linkId || !stats) return undefined
    const { device, inode, bornNs } = fingerprintOf(stats)
    // Numbers of devices change with restarts, those of inodes with mounts of FAT; both at once do not.
    const isSame = bornNs === mark.bornNs && (device === mark.device || inode === mark.inode)
    return isSame ? device : undefined
  })
}

async function readMark(root: string): Promise<LinkMark | undefined> {
  const path = join(root, ownFolder, markName)
  const text = await unlessAbsent(readFile(path, 'utf8'))
  if (text === undefined) return undefined
  try {
    return parseMark(JSON.parse(text))
  } catch {
    return undefined
  }
}

function parseMark(value: unknown): LinkMark | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { linkId, device, inode, bornNs } = value as Partial<Record<keyof LinkMark, unknown>>
  const isWhole = [linkId, device, inode, bornNs].every((part) => typeof part === 'string')
  return isWhole ? (value as LinkMark) : undefined
}
