import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiskPath } from '../ports.ts'
import type { LocalFile, OpenLocalFile } from './remote-stores.ts'

const pieceBytes = 1024 * 1024
/** What has taken the place of a file may lead elsewhere, or wait for ever for a writer. Windows has neither flag. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Reads files below the linked folder here and there, for deltas that build on them. */
export function localFilesIn(root: string): OpenLocalFile {
  return async (path: DiskPath): Promise<LocalFile | undefined> => {
    const file = await open(join(root, ...path), flags).catch(() => undefined)
    const stat = await file?.stat()
    if (!file || stat?.isFile() !== true) {
      await file?.close()
      return undefined
    }
    const sizeBytes = stat.size
    return {
      sizeBytes,
      async *read(start, end) {
        for (let at = start; at < end;) {
          const length = Math.min(pieceBytes, end - at)
          const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, at)
          if (bytesRead === 0) throw new RangeError('The file has become shorter')
          at += bytesRead
          yield buffer.subarray(0, bytesRead)
        }
      },
      [Symbol.asyncDispose]: () => file.close(),
    }
  }
}
