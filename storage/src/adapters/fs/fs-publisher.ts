import { link, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { PutOutcome } from '../../blob-store.ts'
import { DurableDirectories, syncDirectory } from './durable-directories.ts'
import { errnoCode, fsCall, fsFind } from '../../fs-errors.ts'
import type { FsTemporary } from './fs-temporary.ts'

/** Gives written files their place. */
export class FsPublisher {
  readonly #temporary: FsTemporary
  readonly #directories: DurableDirectories

  constructor(root: string, temporary: FsTemporary) {
    this.#temporary = temporary
    this.#directories = new DurableDirectories(root)
  }

  /** Moves a synced file to `path`, durably. The temporary file is gone afterwards in any case. */
  async publish(written: string, path: string, ifAbsent: boolean): Promise<PutOutcome> {
    const directory = dirname(path)
    try {
      await fsCall('put', this.#directories.ensure(directory))
      const created = ifAbsent ? await linkNew(written, path) : await replace(written, path)
      await fsCall('put', syncDirectory(directory))
      return { kind: created ? 'stored' : 'exists' }
    } catch (error) {
      this.#directories.forget(directory)
      throw error
    } finally {
      await this.#temporary.discard(written)
    }
  }

  /** Makes the name of a file that is there durable, and all directories above it. */
  async settle(path: string): Promise<void> {
    await fsCall('head', this.#directories.ensure(dirname(path)))
    await fsFind('head', syncDirectory(dirname(path)))
  }
}

async function replace(written: string, path: string): Promise<true> {
  await fsCall('put', rename(written, path))
  return true
}

async function linkNew(written: string, path: string): Promise<boolean> {
  try {
    await link(written, path)
    return true
  } catch (error) {
    if (errnoCode(error) === 'EEXIST') return false
    return fsCall('put', Promise.reject(error))
  }
}
