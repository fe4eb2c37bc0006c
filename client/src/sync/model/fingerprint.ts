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

/** As the disk gives it, by numbers, or as a row has it, by their decimal text. */
interface GivenFingerprint<N extends bigint | string> {
  readonly device: N
  readonly inode: N
  readonly bornNs: N
  readonly sizeBytes: number
  readonly modifiedNs: N
  readonly changedNs: N
  readonly isExecutable?: boolean | undefined
}

/** With one string for equal times, and one for the device of a hundred thousand files. */
export function makeFingerprint<N extends bigint | string>(
  given: GivenFingerprint<N>,
): Fingerprint {
  const { sizeBytes, isExecutable } = given
  const device = textOfDevice(given.device)
  const inode = String(given.inode)
  const modifiedNs = String(given.modifiedNs)
  // Of a file that was written once all are one.
  const bornNs = given.bornNs === given.modifiedNs ? modifiedNs : String(given.bornNs)
  const changedNs =
    given.changedNs === given.bornNs
      ? bornNs
      : given.changedNs === given.modifiedNs
        ? modifiedNs
        : String(given.changedNs)
  if (isExecutable === undefined) return { device, inode, bornNs, sizeBytes, modifiedNs, changedNs }
  return { device, inode, bornNs, sizeBytes, modifiedNs, changedNs, isExecutable }
}

let lastDevice = { given: '0' as bigint | string, text: '0' }

function textOfDevice(given: bigint | string): string {
  if (lastDevice.given !== given) {
    const text = String(given)
    lastDevice = { given, text: text === lastDevice.text ? lastDevice.text : text }
  }
  return lastDevice.text
}

/** One string for each node of a disk. `undefined` where inodes that are used again could not be told apart. */
export function nodeKey({ inode, bornNs }: Fingerprint): string | undefined {
  return bornNs === '0' ? undefined : `${inode}:${bornNs}`
}
