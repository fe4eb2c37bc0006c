import { randomUUID } from 'node:crypto'
import { mkdir, open, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { removeStale } from './adapters/fs-temporary.ts'
import { fsCall } from './fs-errors.ts'

const readChunkBytes = 256 * 1024
/** A spool has its name for milliseconds. */
const staleNameMs = 60 * 60 * 1000

/** Makes the directory for spools, and removes what a process left that died before a name was gone. */
export async function ensureSpoolDirectory(directory: string): Promise<void> {
  await fsCall('spool', mkdir(directory, { recursive: true, mode: 0o700 }))
  await removeStale(directory, Date.now() - staleNameMs)
}

/**
 * A nameless file for bytes whose hash must be known before they can be stored. The name is taken
 * away at once, so that the space is free again when the process ends, however it ends. It fails with
 * the errors of a store: no room is no room.
 */
export class Spool implements AsyncDisposable {
  readonly #handle: FileHandle
  #sizeBytes = 0

  /** Use `Spool.open`. */
  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  static async open(directory: string): Promise<Spool> {
    const path = join(directory, `cloudsync-${randomUUID()}.spool`)
    const handle = await fsCall('spool', open(path, 'wx+', 0o600))
    try {
      await fsCall('spool', unlink(path))
    } catch (error) {
      await handle.close()
      throw error
    }
    return new Spool(handle)
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  async append(chunk: Uint8Array): Promise<void> {
    let offset = 0
    while (offset < chunk.byteLength) {
      const length = chunk.byteLength - offset
      const write = this.#handle.write(chunk, offset, length, this.#sizeBytes)
      const { bytesWritten } = await fsCall('spool', write)
      offset += bytesWritten
      this.#sizeBytes += bytesWritten
    }
  }

  /** All that was appended; may be called again. */
  async *read(): AsyncGenerator<Uint8Array> {
    for (let position = 0; position < this.#sizeBytes;) {
      const buffer = Buffer.allocUnsafe(Math.min(readChunkBytes, this.#sizeBytes - position))
      const read = this.#handle.read(buffer, 0, buffer.byteLength, position)
      const { bytesRead } = await fsCall('spool', read)
      if (bytesRead === 0) throw new Error('A spool file was cut short')
      position += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}
