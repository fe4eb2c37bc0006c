import { fstatSync, lstat, lstatSync, type BigIntStats } from 'node:fs'
import type { Fingerprint } from '../model/entry.ts'
import { makeFingerprint } from '../model/fingerprint.ts'
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
  const { dev: device, ino: inode, birthtimeNs, mtimeNs, ctimeNs } = stats
  return makeFingerprint({
    device,
    inode,
    bornNs: birthtimeNs,
    sizeBytes: Number(stats.size),
    modifiedNs: mtimeNs,
    changedNs: ctimeNs,
    isExecutable: hasModes && stats.isFile() ? (stats.mode & 0o100n) !== 0n : undefined,
  })
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
