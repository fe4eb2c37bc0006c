import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

/** A directory of its own, removed after the test that asked for it, or after the file's tests. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-storage-'))
  after(() => rm(directory, { recursive: true, force: true }))
  return directory
}
