import { Transform } from 'node:stream'
import type { TransformCallback } from 'node:stream'
import { CorruptContentError } from './content-errors.ts'
import { Sha256Stream } from './sha256.ts'
import type { Sha256 } from './sha256.ts'
import { isZstdDataError } from './zstd.ts'

/**
 * Passes plain content on, counts and hashes it, and keeps the last chunk back until the hash is
 * right: content that is wrong ends in a `CorruptContentError`, never in a regular end. At most
 * `plainBytes` pass.
 */
export class ContentVerifier extends Transform {
  readonly #sha256: Sha256
  readonly #plainBytes: number
  readonly #hash = new Sha256Stream()
  #seenBytes = 0
  #heldBack: Uint8Array | undefined

  constructor(sha256: Sha256, plainBytes: number) {
    super()
    this.#sha256 = sha256
    this.#plainBytes = plainBytes
  }

  override _transform(chunk: Uint8Array, _encoding: string, done: TransformCallback): void {
    this.#seenBytes += chunk.byteLength
    if (this.#seenBytes > this.#plainBytes) {
      done(new CorruptContentError(this.#sha256, 'it holds more than its header says'))
      return
    }
    this.#hash.update(chunk)
    if (this.#heldBack) this.push(this.#heldBack)
    this.#heldBack = chunk
    done()
  }

  override _flush(done: TransformCallback): void {
    if (this.#hash.digest() === this.#sha256) done(null, this.#heldBack)
    else done(new CorruptContentError(this.#sha256, 'the hash is another'))
  }

  /** Damage that the decompressor meets before us is the same failure. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#heldBack = undefined
    if (!isZstdDataError(error)) callback(error)
    else callback(new CorruptContentError(this.#sha256, 'no valid frame', { cause: error }))
  }
}
