import { linkSync } from 'node:fs'
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
