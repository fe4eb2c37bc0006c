import { createHash, randomUUID } from 'node:crypto'
import { bodySizeBytes } from '../../blob-body.ts'
import { blobKey } from '../../blob-key.ts'
import type { BlobKey } from '../../blob-key.ts'
import { checkPartLimits, checkPartOrder } from '../../blob-query.ts'
import type {
  BlobBody,
  BlobMultipart,
  BlobPart,
  BlobUpload,
  CallOptions,
  MultipartLimits,
} from '../../blob-store.ts'
import { BlobUploadNotFoundError } from '../../blob-store-errors.ts'

export interface StagedPart extends BlobPart {
  readonly name: string
}

/** What a service does with objects by their names, for parts that are objects. */
export interface StagedObjects {
  /** Stores or replaces; gives the service's mark of exactly this object. */
  put(name: string, body: BlobBody, options: CallOptions): Promise<string>
  exists(name: string, options: CallOptions): Promise<boolean>
  /**
   * Makes an object of others, at once. Throws `BlobUploadPartError` when one is missing or not the
   * one of its tag. What lies under `folder` is removed afterwards.
   */
  join(
    upload: BlobUpload,
    folder: string,
    parts: readonly StagedPart[],
    options: CallOptions,
  ): Promise<void>
  deleteFolder(folder: string, options: CallOptions): Promise<void>
}

/**
 * Uploads for services whose own cannot have their parts in any order, or only one upload to a key:
 * each part is an object, in a folder of the upload beside the keys (`=` is in none of them).
 */
export class StagedMultipart implements BlobMultipart {
  readonly limits: MultipartLimits
  readonly #root: string
  readonly #objects: StagedObjects

  /** `prefix` is that of the names of all objects of the store. */
  constructor(prefix: string, maxPartBytes: number, objects: StagedObjects) {
    this.limits = { minPartBytes: 1, maxPartBytes, maxParts: 10_000 }
    this.#root = `${prefix}=uploads/`
    this.#objects = objects
  }

  async create(key: BlobKey, options: CallOptions = {}): Promise<BlobUpload> {
    const upload = { key: blobKey(key), uploadId: randomUUID() }
    await this.#objects.put(this.#marker(upload), new Uint8Array(), options)
    return upload
  }

  async putPart(
    upload: BlobUpload,
    partNumber: number,
    body: BlobBody,
    options: CallOptions = {},
  ): Promise<BlobPart> {
    await this.#ensureKnown(upload, options)
    const sizeBytes = bodySizeBytes(body)
    checkPartLimits(upload, partNumber, sizeBytes, this.limits)
    const tag = await this.#objects.put(this.#partName(upload, partNumber), body, options)
    return { partNumber, sizeBytes, tag }
  }

  async complete(
    upload: BlobUpload,
    parts: readonly BlobPart[],
    options: CallOptions = {},
  ): Promise<void> {
    await this.#ensureKnown(upload, options)
    checkPartOrder(upload, parts)
    const staged = parts.map((part) => ({ ...part, name: this.#partName(upload, part.partNumber) }))
    await this.#objects.join(upload, this.#folder(upload), staged, options)
    await this.#objects.deleteFolder(this.#folder(upload), options)
  }

  async abort(upload: BlobUpload, options: CallOptions = {}): Promise<void> {
    blobKey(upload.key)
    options.signal?.throwIfAborted()
    if (isUploadId(upload.uploadId)) await this.#objects.deleteFolder(this.#folder(upload), options)
  }

  async #ensureKnown(upload: BlobUpload, options: CallOptions): Promise<void> {
    blobKey(upload.key)
    options.signal?.throwIfAborted()
    const known =
      isUploadId(upload.uploadId) && (await this.#objects.exists(this.#marker(upload), options))
    if (!known) throw new BlobUploadNotFoundError(upload.uploadId)
  }

  /** The key is part of the name, so that an id given with another key finds nothing. */
  #folder({ key, uploadId }: BlobUpload): string {
    const keyHash = createHash('sha256').update(key).digest('hex').slice(0, 32)
    return `${this.#root}${uploadId}.${keyHash}/`
  }

  #marker(upload: BlobUpload): string {
    return `${this.#folder(upload)}upload`
  }

  #partName(upload: BlobUpload, partNumber: number): string {
    return this.#folder(upload) + String(partNumber).padStart(5, '0')
  }
}

function isUploadId(uploadId: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uploadId)
}
