import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, rm, stat, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoCode, fsCall, fsFind } from '../../fs-errors.ts'

/** The directory where files are written before they get their name. */
export class FsTemporary {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /**
   * Writes a file whose content is on the medium when this resolves, and returns its path. A failure,
   * also one of `chunks`, leaves nothing behind.
   */
  async write(operation: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
    const path = join(this.#directory, randomUUID())
    const handle = await fsCall(operation, this.#create(path))
    try {
      for await (const chunk of chunks) await writeAll(operation, handle, chunk)
      await fsCall(operation, handle.datasync())
      await fsCall(operation, handle.close())
      return path
    } catch (error) {
      await handle.close().catch(() => undefined)
      await this.discard(path)
      throw error
    }
  }

  async #create(path: string): Promise<FileHandle> {
    try {
      return await open(path, 'wx', 0o600)
    } catch (error) {
      if (errnoCode(error) !== 'ENOENT') throw error
      await mkdir(this.#directory, { recursive: true, mode: 0o700 })
      return open(path, 'wx', 0o600)
    }
  }

  /** Removes a file. It never fails: what stays is removed at a later open. */
  async discard(path: string): Promise<void> {
    await unlink(path).catch(() => undefined)
  }

  /** Whether the file system can give a file a second name, which is how one is created only if absent. */
  async canLink(): Promise<boolean> {
    const path = await this.write('open', noChunks())
    const second = `${path}.link`
    try {
      await link(path, second)
      return true
    } catch (error) {
      if (['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(errnoCode(error) ?? '')) return false
      throw error
    } finally {
      await this.discard(second)
      await this.discard(path)
    }
  }
}

/**
 * Removes what nobody has written to since `before`: a process died while it wrote. A write that is
 * under way, here or in another process, keeps its file young.
 */
export async function removeStale(directory: string, before: number): Promise<void> {
  for (const name of await fsCall('open', readdir(directory))) {
    const path = join(directory, name)
    const stats = await fsFind('open', stat(path))
    if (stats && stats.mtimeMs < before)
      await fsCall('open', rm(path, { recursive: true, force: true }))
  }
}

async function writeAll(operation: string, handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let offset = 0
  while (offset < chunk.byteLength) {
    const { bytesWritten } = await fsCall(operation, handle.write(chunk, offset))
    offset += bytesWritten
  }
}

async function* noChunks(): AsyncGenerator<Uint8Array> {}
