import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { bodyChunks, bodySizeBytes } from '../../blob-body.ts'
import { blobKey } from '../../blob-key.ts'
import type { BlobKey } from '../../blob-key.ts'
import { checkPartLimits, checkPartOrder } from '../../blob-query.ts'
import type {
  BlobBody,
  BlobMultipart,
  BlobPart,
  BlobUpload,
  CallOptions,
} from '../../blob-store.ts'
import { BlobUploadNotFoundError, BlobUploadPartError } from '../../blob-store-errors.ts'
import { syncDirectory } from './durable-directories.ts'
import { FileBody } from './file-body.ts'
import { errnoCode, fsCall, fsFind } from '../../fs-errors.ts'
import type { FsLayout } from './fs-layout.ts'
import type { FsPublisher } from './fs-publisher.ts'
import type { FsTemporary } from './fs-temporary.ts'

const uploadIdPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Uploads as directories of part files. A part's tag is the SHA-256 of its bytes and is checked when
 * the parts are joined, so neither a replaced nor a damaged part gets into an object.
 */
export class FsMultipart implements BlobMultipart {
  readonly limits = { minPartBytes: 1, maxPartBytes: 5 * 2 ** 30, maxParts: 10_000 }
  readonly #layout: FsLayout
  readonly #temporary: FsTemporary
  readonly #publisher: FsPublisher

  constructor(layout: FsLayout, temporary: FsTemporary, publisher: FsPublisher) {
    this.#layout = layout
    this.#temporary = temporary
    this.#publisher = publisher
  }

  async create(key: BlobKey, options: CallOptions = {}): Promise<BlobUpload> {
    const upload = { key: blobKey(key), uploadId: randomUUID() }
    options.signal?.throwIfAborted()
    await fsCall('create an upload', mkdir(this.#directory(upload), { mode: 0o700 }))
    await fsCall('create an upload', syncDirectory(this.#layout.uploads))
    return upload
  }

  async putPart(
    upload: BlobUpload,
    partNumber: number,
    body: BlobBody,
    options: CallOptions = {},
  ): Promise<BlobPart> {
    const directory = await this.#existing(upload)
    checkPartLimits(upload, partNumber, bodySizeBytes(body), this.limits)
    const hash = createHash('sha256')
    const chunks = hashed(bodyChunks(upload.key, body, options.signal), hash)
    const written = await this.#temporary.write('put a part', chunks)
    try {
      await rename(written, join(directory, String(partNumber)))
      await syncDirectory(directory)
    } catch (error) {
      await this.#temporary.discard(written)
      if (errnoCode(error) === 'ENOENT')
        throw new BlobUploadNotFoundError(upload.uploadId, { cause: error })
      return fsCall('put a part', Promise.reject(error))
    }
    return { partNumber, sizeBytes: bodySizeBytes(body), tag: hash.digest('hex') }
  }

  async complete(
    upload: BlobUpload,
    parts: readonly BlobPart[],
    options: CallOptions = {},
  ): Promise<void> {
    const directory = await this.#existing(upload)
    checkPartOrder(upload, parts)
    const chunks = joined(upload, directory, parts, options.signal)
    const written = await this.#temporary.write('complete an upload', chunks)
    await this.#publisher.publish(written, this.#layout.objectPath(upload.key), false)
    await this.abort(upload)
  }

  async abort(upload: BlobUpload, options: CallOptions = {}): Promise<void> {
    blobKey(upload.key)
    options.signal?.throwIfAborted()
    if (!uploadIdPattern.test(upload.uploadId)) return
    const removal = rm(this.#directory(upload), { recursive: true, force: true })
    await fsCall('abort an upload', removal)
    await fsCall('abort an upload', syncDirectory(this.#layout.uploads))
  }

  async #existing(upload: BlobUpload): Promise<string> {
    blobKey(upload.key)
    const known = uploadIdPattern.test(upload.uploadId)
    const directory = this.#directory(upload)
    if (!known || !(await fsFind('find an upload', stat(directory))))
      throw new BlobUploadNotFoundError(upload.uploadId)
    return directory
  }

  /** The key is part of the name, so that an id given with another key finds nothing. */
  #directory({ key, uploadId }: BlobUpload): string {
    const keyHash = createHash('sha256').update(key).digest('hex').slice(0, 32)
    return join(this.#layout.uploads, `${uploadId}.${keyHash}`)
  }
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

async function* joined(
  upload: BlobUpload,
  directory: string,
  parts: readonly BlobPart[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for (const { partNumber, tag } of parts) {
    signal?.throwIfAborted()
    const handle = await fsFind(
      'complete an upload',
      open(join(directory, String(partNumber)), 'r'),
    )
    if (!handle) throw new BlobUploadPartError(upload.uploadId, partNumber, 'it is missing')
    const hash = createHash('sha256')
    yield* hashed(new FileBody(handle, 0, (await handle.stat()).size), hash)
    if (hash.digest('hex') !== tag)
      throw new BlobUploadPartError(upload.uploadId, partNumber, 'not the one that is stored')
  }
}
