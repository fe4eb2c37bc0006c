import type { Fingerprint } from './entry.ts'

/**
 * Whether a file is as it was when `known` was taken. The device is not asked: its number is another one after a restart
 * on btrfs, LVM and NFS.
 */
export function isSameState(known: Fingerprint, found: Fingerprint): boolean {
  return (
    known.inode === found.inode &&
    known.sizeBytes === found.sizeBytes &&
    known.modifiedNs === found.modifiedNs &&
    known.changedNs === found.changedNs
  )
}

/** Whether it is the same file or folder, whatever became of it. Of a folder the times change with what is in it. */
export function isSameNode(known: Fingerprint, found: Fingerprint): boolean {
  return known.inode === found.inode && known.bornNs === found.bornNs
}

/** Whether they say the same in all. */
export function isSameFingerprint(one: Fingerprint, other: Fingerprint): boolean {
  return (
    isSameState(one, other) &&
    one.bornNs === other.bornNs &&
    one.device === other.device &&
    one.isExecutable === other.isExecutable
  )
}

/** One string for each node of a disk. `undefined` where inodes that are used again could not be told apart. */
export function nodeKey({ inode, bornNs }: Fingerprint): string | undefined {
  return bornNs === '0' ? undefined : `${inode}:${bornNs}`
}
