import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { NodeDisk } from '../disk/node-disk.ts'
import { markLinkedFolder } from '../disk/link-mark.ts'
import { openNodeDisk, type NodeDiskOptions } from '../disk/open-node-disk.ts'
import type { Clock } from '../ports.ts'
import type { DiskUser } from './disk-user.ts'

export interface TestDisk extends AsyncDisposable {
  readonly root: string
  readonly disk: NodeDisk
  readonly user: DiskUser
}

export const realClock: Clock = {
  now: () => Date.now(),
  async delay(ms, signal) {
    await setTimeout(ms, undefined, { ref: false, ...(signal && { signal }) }).catch(
      () => undefined,
    )
  },
}

export const testLinkId = 'link-of-this-test'

/** A linked folder of its own in `within`, by default where temporary files are. */
export async function openTestDisk(
  within = tmpdir(),
  options: Partial<NodeDiskOptions> = {},
): Promise<TestDisk> {
  const root = await mkdtemp(join(within, 'cloudsync-disk-'))
  await markLinkedFolder(root, testLinkId)
  const disk = await openNodeDisk({ root, linkId: testLinkId, clock: realClock, ...options })
  return {
    root,
    disk,
    user: userOf(root),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

function userOf(root: string): DiskUser {
  const at = (path: readonly string[]): string => join(root, ...path)
  return {
    write: (path, content) => writeFile(at(path), content),
    read: (path) => readFile(at(path), 'utf8').catch(() => undefined),
    makeFolder: (path) => mkdir(at(path)),
    move: (from, to) => rename(at(from), at(to)),
    remove: (path) => rm(at(path), { recursive: true }),
  }
}
