import { Readable } from 'node:stream'
import { callbackify } from 'node:util'
import type { FileHandle } from 'node:fs/promises'
import { BlobStoreUnavailableError } from '../../blob-store-errors.ts'
import { toBlobStoreError } from '../../fs-errors.ts'

/** Most of what is read at once is less, and comes in one chunk. */
const readChunkBytes = 4 * 1024 * 1024

/**
 * The bytes of an open file from `start` up to and without `end`. Unlike a plain read stream it fails
 * when the file turns out shorter, and its errors are the port's. It owns the handle and closes it.
 */
export class FileBody extends Readable {
  readonly #handle: FileHandle
  readonly #end: number
  #position: number

  constructor(handle: FileHandle, start: number, end: number) {
    super({ highWaterMark: 1 })
    this.#handle = handle
    this.#position = start
    this.#end = end
  }

  override _read(): void {
    this.#readChunk().then(
      (chunk) => this.push(chunk),
      (error: unknown) => this.destroy(error as Error),
    )
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const close = callbackify(() => this.#handle.close())
    close((failed) => callback(error ?? (failed && toBlobStoreError('close', failed))))
  }

  async #readChunk(): Promise<Uint8Array | null> {
    const wanted = Math.min(readChunkBytes, this.#end - this.#position)
    if (wanted === 0) return null
    const buffer = Buffer.allocUnsafeSlow(wanted)
    const bytesRead = await this.#readAt(buffer)
    if (bytesRead === 0)
      throw new BlobStoreUnavailableError('get', 'the file was cut short', { retryable: false })
    this.#position += bytesRead
    return buffer.subarray(0, bytesRead)
  }

  async #readAt(buffer: Uint8Array): Promise<number> {
    try {
      return (await this.#handle.read(buffer, 0, buffer.byteLength, this.#position)).bytesRead
    } catch (error) {
      throw toBlobStoreError('get', error)
    }
  }
}
