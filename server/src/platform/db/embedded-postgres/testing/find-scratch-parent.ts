import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'

/** Making a database makes a thousand files, which takes a disk three times as long. */
const MEMORY_DIRECTORY = '/dev/shm'
const MEMORY_NEEDED_BYTES = 2 * 1024 ** 3

/** Where tests keep databases: in memory, unless there is too little room, as often in a container. */
export async function findScratchParent(): Promise<string> {
  const found = await statfs(MEMORY_DIRECTORY).catch(() => undefined)
  const isRoomy = found !== undefined && found.bavail * found.bsize > MEMORY_NEEDED_BYTES
  return isRoomy ? MEMORY_DIRECTORY : tmpdir()
}
