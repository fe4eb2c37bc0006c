import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * A folder, with those above it that are missing. Throws as `mkdir` does. Node's own, with `recursive`, never ends where
 * a parent is there and takes no folder (`/proc`): Linux says then that the folder above is missing.
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolders(dirname(path))
    await mkdir(path)
  }
}
