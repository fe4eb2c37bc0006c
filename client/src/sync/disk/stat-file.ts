import { fstatSync, lstat, lstatSync, type BigIntStats } from 'node:fs'
import type { Fingerprint } from '../model/entry.ts'
import type { DiskItem, OtherReason } from '../ports.ts'

/** By callbacks, which take half the time of promises where it is a hundred thousand. */
export function statFile(path: string | Buffer): Promise<BigIntStats> {
  return new Promise((resolve, reject) => {
    lstat(path, { bigint: true }, (error, stats) => (error ? reject(error) : resolve(stats)))
  })
}

/** Of what is open: nothing has to be looked for on the disk, so that it is not worth a turn of the loop. */
export function statOpenFile(fd: number): BigIntStats {
  return fstatSync(fd, { bigint: true })
}

/** For what must follow at once. */
export function statFileNow(path: string | Buffer): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })
}

/** `hasModes`: the file system tells which files are executable; for their owner, that is. */
export function fingerprintOf(stats: BigIntStats, hasModes = false): Fingerprint {
  const device = textOfDevice(stats.dev)
  const inode = String(stats.ino)
  const { birthtimeNs, mtimeNs, ctimeNs } = stats
  const modifiedNs = String(mtimeNs)
  // Of a file that was written once all are one.
  const bornNs = birthtimeNs === mtimeNs ? modifiedNs : String(birthtimeNs)
  const changedNs = ctimeNs === mtimeNs ? modifiedNs : String(ctimeNs)
  const sizeBytes = Number(stats.size)
  if (!hasModes || !stats.isFile())
    return { device, inode, bornNs, sizeBytes, modifiedNs, changedNs }
  const isExecutable = (stats.mode & 0o100n) !== 0n
  return { device, inode, bornNs, sizeBytes, modifiedNs, changedNs, isExecutable }
}

let lastDevice = { device: 0n, text: '0' }

/** One string for the device of a hundred thousand files. */
function textOfDevice(device: bigint): string {
  if (lastDevice.device !== device) lastDevice = { device, text: String(device) }
  return lastDevice.text
}

export function kindOf(stats: BigIntStats): DiskItem['kind'] {
  if (stats.isFile()) return 'file'
  if (stats.isSymbolicLink()) return 'symlink'
  return stats.isDirectory() ? 'folder' : 'other'
}

export function reasonOf(stats: BigIntStats): OtherReason {
  if (stats.isFIFO()) return 'fifo'
  return stats.isSocket() ? 'socket' : 'device'
}
