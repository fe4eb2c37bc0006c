import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BreakingBlobStore,
  openBlobStore,
  RetryingBlobStore,
  type BlobStore,
} from '@cloudsync/storage'
import { FaultyBlobStore, type StoreFaults } from '@cloudsync/storage/testing/faulty-blob-store'
import { openTestContents, type TestContents } from './open-test-contents.ts'

export interface FaultyContents extends TestContents {
  /** What goes wrong from now on. */
  readonly faults: { next: StoreFaults['next'] }
  /** What the store really has. */
  readonly disk: BlobStore
  /** Of the breaker. */
  readonly time: { nowMs: number }
}

/**
 * Contents on a real store on disk behind a bad line, with what a server puts before one: attempts, which wait for
 * nothing, and a breaker.
 */
export async function openFaultyContents(): Promise<FaultyContents> {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-faulty-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const disk = await openBlobStore({ kind: 'file', directory })
  const faults: FaultyContents['faults'] = { next: () => undefined }
  const time = { nowMs: 0 }
  const line = new FaultyBlobStore(disk, { next: (operation) => faults.next(operation) })
  const breaking = new BreakingBlobStore(line, { now: () => time.nowMs })
  const store = stack.use(new RetryingBlobStore(breaking, { wait: async () => undefined }))
  const server = stack.use(await openTestContents(store))
  const running = stack.move()
  return { ...server, faults, disk, time, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
