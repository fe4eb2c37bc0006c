import { createHash, randomUUID } from 'node:crypto'
import { addAbortSignal, Readable } from 'node:stream'
import { bodyChunks, bodySizeBytes } from '../../blob-body.ts'
import { blobKey } from '../../blob-key.ts'
import type { BlobKey } from '../../blob-key.ts'
import { checkPartLimits, checkPartOrder, checkRange, listSpan } from '../../blob-query.ts'
import type {
  BlobBody,
  BlobInfo,
  BlobMultipart,
  BlobPage,
  BlobPart,
  BlobReader,
  BlobStore,
  BlobUpload,
  ByteRange,
  CallOptions,
  ListQuery,
  PutOptions,
  PutOutcome,
} from '../../blob-store.ts'
import {
  BlobNotFoundError,
  BlobUploadNotFoundError,
  BlobUploadPartError,
} from '../../blob-store-errors.ts'

interface StoredObject {
  readonly bytes: Uint8Array
  readonly modifiedAt: Date
}

export interface MemoryBlobStoreOptions {
  /** Milliseconds since 1970, for `modifiedAt`. Default `Date.now`. */
  readonly now?: () => number
}

/** Objects in memory, for tests and trials: what it holds is gone with the process. */
export class MemoryBlobStore implements BlobStore {
  readonly supportsCreateIfAbsent = true
  readonly presigner = undefined
  readonly multipart: MemoryMultipart
  readonly #objects = new Map<string, StoredObject>()
  readonly #now: () => number

  constructor(options: MemoryBlobStoreOptions = {}) {
    this.#now = options.now ?? Date.now
    this.multipart = new MemoryMultipart((key, bytes) => {
      this.#objects.set(key, { bytes, modifiedAt: new Date(this.#now()) })
    })
  }

  async put(key: BlobKey, body: BlobBody, options: PutOptions = {}): Promise<PutOutcome> {
    blobKey(key)
    const bytes = await collect(key, body, options.signal)
    if (options.ifAbsent === true && this.#objects.has(key)) return { kind: 'exists' }
    this.#objects.set(key, { bytes, modifiedAt: new Date(this.#now()) })
    return { kind: 'stored' }
  }

  async get(key: BlobKey, options: CallOptions = {}): Promise<BlobReader> {
    options.signal?.throwIfAborted()
    return reader(this.#object(key).bytes, options.signal)
  }

  async range(key: BlobKey, range: ByteRange, options: CallOptions = {}): Promise<BlobReader> {
    options.signal?.throwIfAborted()
    const { bytes } = this.#object(key)
    checkRange(key, range, bytes.byteLength)
    return reader(bytes.subarray(range.start, range.end), options.signal)
  }

  async head(key: BlobKey, options: CallOptions = {}): Promise<BlobInfo | undefined> {
    blobKey(key)
    options.signal?.throwIfAborted()
    const object = this.#objects.get(key)
    return object && info(key, object)
  }

  async list(query: ListQuery = {}): Promise<BlobPage> {
    const span = listSpan(query)
    query.signal?.throwIfAborted()
    const found = [...this.#objects]
      .filter(([key]) => key.startsWith(span.prefix) && key > span.after)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const items = found.slice(0, span.limit).map(([key, object]) => info(blobKey(key), object))
    return { items, nextCursor: found.length > span.limit ? items.at(-1)?.key : undefined }
  }

  async findSpace(): Promise<undefined> {
    return undefined
  }

  async delete(key: BlobKey, options: CallOptions = {}): Promise<void> {
    blobKey(key)
    options.signal?.throwIfAborted()
    this.#objects.delete(key)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#objects.clear()
  }

  #object(key: BlobKey): StoredObject {
    const object = this.#objects.get(blobKey(key))
    if (!object) throw new BlobNotFoundError(key)
    return object
  }
}

interface StoredUpload {
  readonly key: BlobKey
  readonly parts: Map<number, { readonly tag: string; readonly bytes: Uint8Array }>
}

class MemoryMultipart implements BlobMultipart {
  readonly limits = { minPartBytes: 1, maxPartBytes: 2 ** 30, maxParts: 10_000 }
  readonly #uploads = new Map<string, StoredUpload>()
  readonly #store: (key: BlobKey, bytes: Uint8Array) => void

  constructor(store: (key: BlobKey, bytes: Uint8Array) => void) {
    this.#store = store
  }

  async create(key: BlobKey): Promise<BlobUpload> {
    const uploadId = randomUUID()
    this.#uploads.set(uploadId, { key: blobKey(key), parts: new Map() })
    return { key, uploadId }
  }

  async putPart(
    upload: BlobUpload,
    partNumber: number,
    body: BlobBody,
    options: CallOptions = {},
  ): Promise<BlobPart> {
    this.#upload(upload)
    checkPartLimits(upload, partNumber, bodySizeBytes(body), this.limits)
    const bytes = await collect(upload.key, body, options.signal)
    const tag = createHash('sha256').update(bytes).digest('hex')
    this.#upload(upload).parts.set(partNumber, { tag, bytes })
    return { partNumber, sizeBytes: bytes.byteLength, tag }
  }

  async complete(upload: BlobUpload, parts: readonly BlobPart[]): Promise<void> {
    const stored = this.#upload(upload)
    checkPartOrder(upload, parts)
    const chunks = parts.map(({ partNumber, tag }) => {
      const part = stored.parts.get(partNumber)
      if (part?.tag !== tag)
        throw new BlobUploadPartError(upload.uploadId, partNumber, 'not the one that is stored')
      return part.bytes
    })
    this.#store(upload.key, Buffer.concat(chunks))
    this.#uploads.delete(upload.uploadId)
  }

  async abort(upload: BlobUpload): Promise<void> {
    blobKey(upload.key)
    if (this.#uploads.get(upload.uploadId)?.key === upload.key)
      this.#uploads.delete(upload.uploadId)
  }

  #upload(upload: BlobUpload): StoredUpload {
    blobKey(upload.key)
    const stored = this.#uploads.get(upload.uploadId)
    if (stored?.key !== upload.key) throw new BlobUploadNotFoundError(upload.uploadId)
    return stored
  }
}

function info(key: BlobKey, object: StoredObject): BlobInfo {
  return { key, sizeBytes: object.bytes.byteLength, modifiedAt: object.modifiedAt }
}

/** A copy, so that a caller who reuses its buffer changes no object. */
async function collect(
  key: string,
  body: BlobBody,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(bodySizeBytes(body))
  let offset = 0
  for await (const chunk of bodyChunks(key, body, signal)) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

const readChunkBytes = 64 * 1024

function reader(bytes: Uint8Array, signal: AbortSignal | undefined): BlobReader {
  let offset = 0
  const body = new Readable({
    read() {
      // A copy again: what a reader does to its chunk must not reach the object.
      const chunk = bytes.slice(offset, offset + readChunkBytes)
      offset += chunk.byteLength
      this.push(chunk.byteLength === 0 ? null : chunk)
    },
  })
  return { sizeBytes: bytes.byteLength, body: signal ? addAbortSignal(signal, body) : body }
}
