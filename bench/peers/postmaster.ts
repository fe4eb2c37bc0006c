import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Of the embedded database: `postmaster.pid` holds, a line each, pid, data directory, start time, port, socket directory. */
export async function readPostmaster(
  dataDir: string,
): Promise<{ pid: number; socketDirectory: string }> {
  const lines = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
  const [pid, , , , socketDirectory] = lines
  if (pid === undefined || socketDirectory === undefined)
    throw new Error('The embedded database does not run')
  return { pid: Number(pid), socketDirectory: socketDirectory.trim() }
}
