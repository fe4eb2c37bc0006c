import { closeSync, constants, fchmodSync, fsync, openSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Fingerprint } from '../model/entry.ts'
import { isSameState } from '../model/fingerprint.ts'
import type { DiskOutcome, DiskPath } from '../ports.ts'
import type { DiskContext } from './disk-context.ts'
import { checked } from './folder-access.ts'
import { fingerprintOf, statOpenFile } from './stat-file.ts'
import { errnoOf } from './system-calls.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
const changed = { kind: 'changed' } as const
const fsyncLater = promisify(fsync)

/** Whoever may read it may run it then, as with what a compiler makes; or nobody any more. */
export function setExecutable(
  context: DiskContext,
  path: DiskPath,
  expected: Fingerprint,
  isExecutable: boolean,
): Promise<DiskOutcome> {
  const name = checked(path.at(-1) ?? '')
  return context.access.use(path.slice(0, -1), async (folder) => {
    // What is open stays the same file, whatever is put in its place.
    const fd = openIn(`${folder}/${name}`)
    if (fd === undefined) return changed
    try {
      const before = statOpenFile(fd)
      if (!before.isFile() || !isSameState(expected, fingerprintOf(before))) return changed
      const bits = Number(before.mode & 0o7777n)
      fchmodSync(fd, isExecutable ? bits | 0o100 | ((bits & 0o444) >> 2) : bits & ~0o111)
      await fsyncLater(fd)
      const found = fingerprintOf(statOpenFile(fd), context.traits.hasModes)
      // Only the time of the last change is another one, unless somebody has saved meanwhile.
      const isOurs =
        found.isExecutable === isExecutable &&
        isSameState({ ...expected, changedNs: '' }, { ...found, changedNs: '' })
      return isOurs ? { kind: 'done', value: found } : changed
    } finally {
      closeSync(fd)
    }
  })
}

/** `undefined` for a symbolic link. */
function openIn(place: string): number | undefined {
  try {
    return openSync(place, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0))
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') return undefined
    throw error
  }
}
