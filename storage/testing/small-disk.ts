import { execFile } from 'node:child_process'
import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type SmallDisk = { readonly directory: string } | { readonly skip: string }

/** A file system of so many MiB, which only root may mount; it goes after the test that asked for it. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  if (process.geteuid?.() !== 0) return { skip: 'only root can mount a small file system' }
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-storage-'))
  try {
    const options = `size=${megabytes}m,mode=700`
    await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory])
  } catch (error) {
    await rmdir(directory)
    return { skip: `a small file system cannot be mounted here: ${String(error)}` }
  }
  after(async () => {
    await run('umount', [directory])
    await rmdir(directory)
  })
  return { directory }
}
