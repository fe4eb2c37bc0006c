import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileSystemTraits } from '../model/file-system-traits.ts'
import { DiskError } from '../model/failures.ts'
import type { Clock } from '../ports.ts'
import { FolderAccess, ownFolder } from './folder-access.ts'
import { FolderSyncs } from './folder-syncs.ts'
import { findLinkedDevice } from './link-mark.ts'
import { NodeDisk } from './node-disk.ts'
import { OwnFiles } from './own-files.ts'
import { QuickCalls } from './quick-calls.ts'
import { probeFileSystem } from './probe-file-system.ts'
import { diskCalls } from './system-calls.ts'
import type { WatchOptions } from './watch-folder.ts'

export interface NodeDiskOptions extends Omit<WatchOptions, 'clock'> {
  /** Was marked by `markLinkedFolder`. */
  readonly root: string
  readonly linkId: string
  readonly clock: Clock
  /** Asked of the file system, when it is left out. */
  readonly traits?: FileSystemTraits
}

/** Throws `DiskError('missing')` where the folder is not there, or not the one that was linked. */
export function openNodeDisk(options: NodeDiskOptions): Promise<NodeDisk> {
  return diskCalls(async () => {
    const { root: given, linkId, clock } = options
    const device = await findLinkedDevice(given, linkId)
    if (device === undefined) throw new DiskError('missing', 'this is not the linked folder')
    const root = await realpath(given)
    const traits = options.traits ?? (await probeFileSystem(join(root, ownFolder, 'tmp')))
    const now = () => clock.now()
    const quick = new QuickCalls()
    const access = new FolderAccess(root, quick)
    const own = new OwnFiles()
    const context = { access, syncs: new FolderSyncs(), quick, own, traits, now }
    return new NodeDisk(context, linkId, device, options)
  })
}
