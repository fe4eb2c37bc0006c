import { findNameFault, nameFaultDetails } from '@cloudsync/crdt'
import type { WaitReason } from '../../sync/model/plan.ts'
import type { SkippedItem } from '../../sync/scan/scan.ts'

const waits: Readonly<Record<WaitReason, string>> = {
  'no-parent': 'the folder that it lies in is not there yet',
  unread: 'it is still being written, or was not read yet; that is tried again by itself',
  'read-only': 'you may look at it on the server and not change it; what you changed stays here',
  'name-refused': 'the server takes no such name; give it another one',
  'no-links': 'it is a symbolic link, which this disk cannot hold; it stays on the server',
  unreadable: 'a folder on the way to it cannot be read; check its permissions',
  ignored: 'a rule in .cloudsyncignore, or a built-in one, leaves it out',
  unselected: 'its folder is not kept on this machine (cloudsync include brings it here)',
  'unselected-changed':
    'its folder is not kept here, but it was changed here and not sent; cloudsync include sends it',
  held: 'it would be deleted together with much else; say so by: cloudsync approve',
  'not-empty': 'its folder was deleted elsewhere, and holds something here that was not',
  'in-transit': 'another machine is about to give it its name',
  'next-plan': 'something else comes first',
}

export function describeWait(reason: WaitReason): string {
  return waits[reason]
}

const skips: Readonly<Record<SkippedItem['reason'], string>> = {
  ignored: 'a rule in .cloudsyncignore, or a built-in one for temporary files, leaves it out',
  name: 'the server takes no such name; give it another one',
  symlink: 'it is a symbolic link with a target that is no text (no UTF-8)',
  'folder-link':
    'it is a symbolic link that leads out of the linked folder; what was in the folder of this name stays on the server',
  fifo: 'it is a pipe, which holds no bytes to keep',
  socket: 'it is a socket, which holds no bytes to keep',
  device: 'it is a device, which holds no bytes to keep',
  'ill-formed-name': 'its name is no text (no UTF-8); rename it',
  mount: 'another file system is mounted there, or the folder is mounted twice',
}

export function describeSkip(reason: SkippedItem['reason']): string {
  return skips[reason]
}

/** What is wrong with a name that the server takes from nobody. */
export function describeNameFault(name: string): string {
  const fault = findNameFault(name)
  if (fault === undefined) return skips.name
  const detail = nameFaultDetails[fault]
  return `${detail.charAt(0).toLowerCase()}${detail.slice(1)}; give it another one`
}
