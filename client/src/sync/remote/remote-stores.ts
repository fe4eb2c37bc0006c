import type { ContentName } from '../model/entry.ts'
import type { DiskPath } from '../ports.ts'

/** Where uploads that have begun are known again after a crash. */
export interface UploadUrls {
  find(key: string): string | undefined
  put(key: string, url: string): void
  remove(key: string): void
}

/** What is remembered of the pieces of synced contents; what is lost of it costs bytes and nothing else. */
export interface ChunkLists {
  find(sha256: ContentName): Promise<Uint8Array | undefined>
  put(sha256: ContentName, list: Uint8Array): Promise<void>
}

/** A local file that is read here and there; it may be another one by the time that it is read. */
export interface LocalFile extends AsyncDisposable {
  readonly sizeBytes: number
  /** From `start` up to and without `end`. Throws where there is less. */
  read(start: number, end: number): AsyncIterable<Uint8Array>
}

/** `undefined` where there is no such file. */
export type OpenLocalFile = (path: DiskPath) => Promise<LocalFile | undefined>
