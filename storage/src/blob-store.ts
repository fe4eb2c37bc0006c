import type { Readable } from 'node:stream'
import type { BlobKey } from './blob-key.ts'

/**
 * A store of objects: immutable-by-use byte sequences under keys. It knows nothing of what they hold.
 *
 * What holds for every method of every adapter (checked by `blobStoreContract`):
 *
 * - All may be called concurrently, also from several processes on one store. The last of several
 *   writes to a key wins as a whole; a reader sees one of them, never a mixture.
 * - A write that resolves is durable: it survives the death of the process and of the machine.
 *   A write that rejects may or may not have happened, but never half.
 * - All may be repeated after a failure with the same effect as once.
 * - A key that the alphabet of `blobKey` does not allow is refused with `InvalidBlobKeyError` before
 *   anything else is done.
 * - Failures are `BlobStoreError`s that say whether repeating helps. An aborted `signal` rejects
 *   with its reason; an error that the caller's body throws comes back as it is.
 */
export interface BlobStore extends AsyncDisposable {
  /** Whether `put` takes `ifAbsent`. */
  readonly supportsCreateIfAbsent: boolean

  /** Writing an object in parts. */
  readonly multipart: BlobMultipart

  /** URLs that let others read and write without credentials, or `undefined` when the store has none. */
  readonly presigner: BlobPresigner | undefined

  /**
   * Stores an object, replacing the one that is there. It appears whole or not at all.
   *
   * With `ifAbsent`, an existing object stays as it is and the answer is `exists`; of several
   * concurrent calls exactly one creates. The body of the others may not be opened. A call repeated
   * after a lost answer finds its own object. Throws `BlobOperationUnsupportedError` where
   * `supportsCreateIfAbsent` is false.
   *
   * Bytes must not be changed until the promise settles. Throws `BlobSizeMismatchError` when a source
   * gives another number of bytes than it announced, `BlobStoreFullError`, `BlobStoreUnavailableError`.
   */
  put(key: BlobKey, body: BlobBody, options?: PutOptions): Promise<PutOutcome>

  /**
   * Opens an object. What the body gives is the object as it was at this moment, even if it is
   * replaced or deleted meanwhile; where the store cannot go on, the body fails with a
   * `BlobStoreError` and never ends early. The caller reads the body to its end or destroys it.
   * Throws `BlobNotFoundError`.
   */
  get(key: BlobKey, options?: CallOptions): Promise<BlobReader>

  /**
   * Opens the bytes from `start` up to and without `end`. Throws `BlobRangeError` unless
   * 0 ≤ start < end ≤ size: a store never gives fewer bytes than were asked for. Else as `get`.
   */
  range(key: BlobKey, range: ByteRange, options?: CallOptions): Promise<BlobReader>

  /**
   * What is known of an object without reading it, or `undefined` when there is none. What `head`
   * shows is durable, so that a caller may leave out a `put` on its word.
   */
  head(key: BlobKey, options?: CallOptions): Promise<BlobInfo | undefined>

  /**
   * A page of objects in ascending order of their keys (bytewise). Every object that is there during
   * the whole listing appears exactly once over all pages; one that is written or deleted meanwhile
   * may or may not. A part of the store that cannot be read is an error, never an empty page.
   */
  list(query?: ListQuery): Promise<BlobPage>

  /** Removes an object. Resolves also when there is none. */
  delete(key: BlobKey, options?: CallOptions): Promise<void>

  /** The room that there is for objects, or `undefined` when the store has no bound that it knows. */
  findSpace(): Promise<StoreSpace | undefined>
}

export interface StoreSpace {
  /** What can still be written. */
  readonly freeBytes: number
  readonly totalBytes: number
}

/**
 * Writing an object in parts, for bodies of unknown size or that arrive over days. Parts may be
 * sent concurrently and in any order; nothing is visible under the key before `complete`.
 * An upload survives a restart: `{key, uploadId}` and the parts are all that a caller must keep. A
 * store may discard an upload to which nothing was added for 7 days.
 */
export interface BlobMultipart {
  readonly limits: MultipartLimits

  create(key: BlobKey, options?: CallOptions): Promise<BlobUpload>

  /**
   * Stores a part, durably. A number that was sent before is replaced; then only the last answer
   * completes. Throws `BlobUploadNotFoundError`, and `BlobUploadPartError` for a number outside 1 to
   * `maxParts`, or a part above `maxPartBytes`.
   */
  putPart(
    upload: BlobUpload,
    partNumber: number,
    body: BlobBody,
    options?: CallOptions,
  ): Promise<BlobPart>

  /**
   * Joins the parts, in the order given, into the object. Parts that are not named are dropped, or,
   * where the store cannot leave one out, refused. Throws `BlobUploadPartError` when there is none, when the numbers do not ascend, when one was
   * replaced or damaged, or when one but the last is below `minPartBytes`; the upload then stays.
   * After a lost answer the upload may be gone: `head` tells whether the object is there.
   */
  complete(upload: BlobUpload, parts: readonly BlobPart[], options?: CallOptions): Promise<void>

  /** Drops an upload and its parts. Resolves also when there is none. */
  abort(upload: BlobUpload, options?: CallOptions): Promise<void>
}

export interface BlobPresigner {
  /** A URL that reads the object by GET, with ranges, until it expires. */
  presignGet(key: BlobKey, options: PresignGetOptions): Promise<URL>
  /** A URL that stores the object by PUT until it expires. */
  presignPut(key: BlobKey, options: PresignOptions): Promise<PresignedPut>
}

export interface PresignedPut {
  readonly url: URL
  /** What must be sent with it. */
  readonly headers: Readonly<Record<string, string>>
}

export interface PresignOptions {
  /** 1 to 604,800 (7 days). */
  readonly expiresInSeconds: number
}

export interface PresignGetOptions extends PresignOptions {
  /** The response's `Content-Disposition`. */
  readonly contentDisposition?: string
  /** The response's `Content-Type`. */
  readonly contentType?: string
}

export interface CallOptions {
  /** Stops the call, and the body that it returned. */
  readonly signal?: AbortSignal
}

export interface PutOptions extends CallOptions {
  /** Do not replace an object that is there. Default false. */
  readonly ifAbsent?: boolean
}

export type PutOutcome = { readonly kind: 'stored' } | { readonly kind: 'exists' }

export type BlobBody = Uint8Array | BlobSource

/** Bytes that are produced while they are stored. */
export interface BlobSource {
  /** How many bytes `open` gives. */
  readonly sizeBytes: number
  /** Whether `open` may be called again, from the beginning. If not, the store is given one attempt. */
  readonly repeatable: boolean
  open(): AsyncIterable<Uint8Array>
}

export interface ByteRange {
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

export interface BlobReader {
  /** How many bytes `body` gives. */
  readonly sizeBytes: number
  /** Each of its chunks is the reader's, who may hand it over or release it. */
  readonly body: Readable
}

export interface BlobInfo {
  readonly key: BlobKey
  readonly sizeBytes: number
  /** When it was stored, by the store's clock. */
  readonly modifiedAt: Date
}

export interface ListQuery extends CallOptions {
  /** Only keys that begin with this; need not end at a segment. Default all. */
  readonly prefix?: string
  /** `nextCursor` of the page before, with the same prefix. Opaque. */
  readonly cursor?: string
  /** 1 to 1,000, the default. A page may be shorter and still not be the last. */
  readonly limit?: number
}

export interface BlobPage {
  readonly items: readonly BlobInfo[]
  /** `undefined` on the last page. */
  readonly nextCursor: string | undefined
}

export interface MultipartLimits {
  /** For all parts but the last. */
  readonly minPartBytes: number
  readonly maxPartBytes: number
  readonly maxParts: number
}

export interface BlobUpload {
  readonly key: BlobKey
  readonly uploadId: string
}

export interface BlobPart {
  readonly partNumber: number
  readonly sizeBytes: number
  /** The store's own mark of exactly these bytes. Opaque. */
  readonly tag: string
}

export const maxListLimit = 1_000
