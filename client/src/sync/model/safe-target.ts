import type { DiskPath } from '../ports.ts'

/**
 * Whether a link at `path` leads nowhere but into the linked folder, wherever other links in it lead. Its folder is a real
 * one, so that the way up is known; behind a name it is not, as that may be a link itself.
 */
export function isSafeTarget(path: DiskPath, target: string): boolean {
  // On Windows these begin a path, or part its names.
  if (target === '' || /^[/~]|^[a-z]:|[\\\0]/i.test(target)) return false
  let depth = path.length - 1
  let isDown = false
  for (const name of target.split('/')) {
    if (name === '' || name === '.') continue
    if (name === '..') {
      if (isDown || depth === 0) return false
      depth--
    } else {
      if (!isDown && depth === 0 && name.toLowerCase() === '.cloudsync') return false
      isDown = true
    }
  }
  return true
}
