import { linkSync } from 'node:fs'
import type { FileSystemTraits } from '../model/file-system-traits.ts'
import { errnoOf } from './system-calls.ts'

/** Not on this file system, not to this file (of another user, immutable), or not one more. */
const cannotLink = new Set([
  'EPERM',
  'EACCES',
  'EMLINK',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EXDEV',
])

/** A second name of a symbolic link is one of the link itself on Linux alone; elsewhere it may be one of what it points to. */
export function takesSecondName(
  { hasHardLinks }: Pick<FileSystemTraits, 'hasHardLinks'>,
  isLink: boolean,
): boolean {
  return hasHardLinks && (!isLink || process.platform === 'linux')
}

/** Gives a file a second name, which the system refuses where anything is. */
export function linkName(from: string, to: string): 'linked' | 'taken' | 'absent' | 'unable' {
  try {
    linkSync(from, to)
    return 'linked'
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (errno === 'EEXIST') return 'taken'
    if (errno === 'ENOENT') return 'absent'
    if (cannotLink.has(errno)) return 'unable'
    throw error
  }
}
