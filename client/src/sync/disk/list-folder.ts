import { readdir } from 'node:fs/promises'
import { DiskError } from '../model/failures.ts'
import type { DiskItem, DiskPath } from '../ports.ts'
import type { DiskContext } from './disk-context.ts'
import { checked, ownFolder } from './folder-access.ts'
import { readLink } from './read-link.ts'
import { fingerprintOf, kindOf, reasonOf, statFile, statFileNow } from './stat-file.ts'
import { isAbsence, unlessAbsent } from './system-calls.ts'

/** Files whose state is asked for at a time. */
const statConcurrency = 64

/** `rootDevice`: folders that are of another file system come and go with it, and are not synced. */
export async function listFolder(
  context: DiskContext,
  path: DiskPath,
  rootDevice: string,
): Promise<DiskItem[]> {
  return context.access.use(path, async (folder) => {
    const names = await readdir(folder, { encoding: 'buffer' })
    if (path.length === 0 && !names.some((name) => name.toString() === ownFolder))
      throw new DiskError('missing', 'this is not the linked folder')
    const items: DiskItem[] = []
    for (let start = 0; start < names.length; start += statConcurrency) {
      const some = names.slice(start, start + statConcurrency)
      const found = await Promise.all(
        some.map((name) => itemOf(context, { folder, bytes: name, rootDevice })),
      )
      for (const item of found) if (item) items.push(item)
    }
    return items
  })
}

async function itemOf(
  context: DiskContext,
  { folder, bytes, rootDevice }: { folder: string; bytes: Buffer; rootDevice: string },
): Promise<DiskItem | undefined> {
  const name = bytes.toString('utf8')
  if (name === ownFolder) return undefined
  // Only what was ill-formed has it, and the few names that really contain it.
  const isWellFormed = !name.includes('\uFFFD') || Buffer.from(name).equals(bytes)
  const path = `${folder}/${name}`
  const place = isWellFormed ? path : Buffer.concat([Buffer.from(`${folder}/`), bytes])
  const item = await itemAt(context, place, { name, rootDevice })
  if (!item || isWellFormed) return item
  return { ...item, name: legible(bytes), kind: 'other', reason: 'ill-formed-name' }
}

export async function lookAt(
  context: DiskContext,
  path: DiskPath,
  rootDevice: string,
): Promise<DiskItem | undefined> {
  const name = checked(path.at(-1) ?? '')
  try {
    return await context.access.use(path.slice(0, -1), (folder) =>
      itemAt(context, `${folder}/${name}`, { name, rootDevice }),
    )
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

async function itemAt(
  { quick, traits }: DiskContext,
  place: string | Buffer,
  { name, rootDevice }: { name: string; rootDevice: string },
): Promise<DiskItem | undefined> {
  const stats = await quick.run(
    () => statFileNow(place),
    () => unlessAbsent(statFile(place)),
  )
  if (!stats) return undefined
  const kind = kindOf(stats)
  const fingerprint = fingerprintOf(stats, traits.hasModes)
  if (kind === 'other') return { name, kind, fingerprint, reason: reasonOf(stats) }
  if (kind === 'symlink') {
    const target = readLink(place, stats)
    if (target === undefined) return { name, kind: 'other', fingerprint, reason: 'symlink' }
    return { name, kind, fingerprint, target }
  }
  if (kind === 'folder' && fingerprint.device !== rootDevice)
    return { name, kind: 'other', fingerprint, reason: 'mount' }
  return { name, kind, fingerprint }
}

/** For people: bytes that are no text as `\xff`. */
function legible(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[^ -~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
