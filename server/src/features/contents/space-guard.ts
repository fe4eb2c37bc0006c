import type { StoreSpace } from '@cloudsync/storage'
import { ProblemError } from '#platform/problem-error.ts'

/** What stays free on every disk that we write to, so that the log can always be written. */
const minFreeBytes = 1024 ** 3
const minFreeShare = 0.05
/** How much of an upload passes between two looks. */
const lookEveryBytes = 64 * 1024 * 1024

/** The room on each disk that uploads fill. */
export type FindSpaces = () => Promise<readonly StoreSpace[]>

/** Refuses uploads before the disk is full. */
export class SpaceGuard {
  readonly #findSpaces: FindSpaces

  constructor(findSpaces: FindSpaces) {
    this.#findSpaces = findSpaces
  }

  /** Throws `storage_full` unless there is room for `sizeBytes` more. */
  async require(sizeBytes: number): Promise<void> {
    for (const { freeBytes, totalBytes } of await this.#findSpaces())
      if (freeBytes - sizeBytes < Math.max(minFreeBytes, totalBytes * minFreeShare))
        throw new ProblemError('storage_full')
  }

  /** Passes an upload of unknown size on as long as there is room for it. */
  async *watch<Chunk extends Uint8Array>(chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
    let unseenBytes = 0
    for await (const chunk of chunks) {
      unseenBytes += chunk.byteLength
      if (unseenBytes >= lookEveryBytes) {
        unseenBytes = 0
        await this.require(0)
      }
      yield chunk
    }
  }
}
