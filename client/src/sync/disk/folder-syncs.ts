import { closeSync, fsync, open } from 'node:fs'
import { promisify } from 'node:util'
import { errnoOf } from './system-calls.ts'

const openLater = promisify(open)
const fsyncLater = promisify(fsync)

/** What file systems answer that have no such thing for folders; Windows refuses to open one. */
const cannotSync = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EISDIR', 'EBADF', 'EPERM', 'EACCES'])

/**
 * Makes names in folders durable. Many that wait for the same folder wait for one sync: the next that begins after they
 * asked.
 */
export class FolderSyncs {
  readonly #next = new Map<string, Promise<void>>()
  readonly #running = new Map<string, Promise<void>>()

  /** `key` names the folder for as long as anyone waits; `path` leads there now. */
  sync(key: string, path: string): Promise<void> {
    const next = this.#next.get(key)
    if (next) return next
    const running = this.#running.get(key)
    if (!running) return this.#start(key, path)
    const queued = running.then(
      () => this.#follow(key, path),
      () => this.#follow(key, path),
    )
    this.#next.set(key, queued)
    return queued
  }

  #follow(key: string, path: string): Promise<void> {
    this.#next.delete(key)
    return this.#start(key, path)
  }

  #start(key: string, path: string): Promise<void> {
    const running = syncFolder(path).finally(() => {
      if (this.#running.get(key) === running) this.#running.delete(key)
    })
    this.#running.set(key, running)
    return running
  }
}

export async function syncFolder(path: string): Promise<void> {
  try {
    const fd = await openLater(path, 'r')
    try {
      await fsyncLater(fd)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (!cannotSync.has(errnoOf(error) ?? '')) throw error
  }
}
