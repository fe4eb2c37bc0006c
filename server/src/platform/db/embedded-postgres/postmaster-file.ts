import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * `postmaster.pid`, PostgreSQL's lock on a data directory, one value a line: pid, data directory,
 * start time, port, socket directory, listen address, shared memory key, status. The later lines
 * appear while the postmaster starts; a killed postmaster leaves the file behind.
 */
export interface PostmasterFile {
  readonly pid: number
  readonly socketDirectory: string | undefined
  /** `starting`, `ready`, `standby` or `stopping`. */
  readonly status: string | undefined
}

export async function readPostmasterFile(clusterDir: string): Promise<PostmasterFile | undefined> {
  let text: string
  try {
    text = await readFile(join(clusterDir, 'postmaster.pid'), 'latin1')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[0])
  // Created empty and then written: for a moment there is nothing in it.
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return { pid, socketDirectory: lines[4] || undefined, status: lines[7] || undefined }
}

function isMissing(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) return false
  return error.code === 'ENOENT' || error.code === 'ENOTDIR'
}
