import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { bodySizeBytes } from '../../blob-body.ts'
import type { BlobKey } from '../../blob-key.ts'
import { listSpan } from '../../blob-query.ts'
import type {
  BlobBody,
  BlobInfo,
  BlobPage,
  BlobPresigner,
  BlobReader,
  BlobStore,
  ByteRange,
  CallOptions,
  ListQuery,
  PutOptions,
  PutOutcome,
} from '../../blob-store.ts'
import {
  BlobNotFoundError,
  BlobOperationUnsupportedError,
  BlobStoreUnavailableError,
} from '../../blob-store-errors.ts'
import { exactReader } from '../remote/exact-body.ts'
import { ObjectNames } from '../remote/object-names.ts'
import { isRange, refuseRange } from '../remote/refuse-range.ts'
import { defaultIdleTimeoutMs, RemoteCall } from '../remote/remote-call.ts'
import { StagedMultipart } from '../remote/staged-multipart.ts'
import { contentMd5, readable, requestBody } from './azure-bodies.ts'
import { hasCode, hasStatus, isNotFound, translateAzure } from './azure-errors.ts'
import { azurePresigner } from './azure-presigner.ts'
import { AzureStagedObjects, maxBlockBytes } from './azure-staged-objects.ts'

export interface AzureBlobStoreOptions {
  readonly account: string
  /** Base64, as Azure shows it. */
  readonly accountKey: string
  /** The container's address. */
  readonly containerUrl: string
  /** The path in the container under which everything lies; '' for the container itself. */
  readonly folder: string
  /** Whether the service is known to honour `If-None-Match`. Default true. */
  readonly createIfAbsent?: boolean
  /** Default 60,000. */
  readonly idleTimeoutMs?: number
}

/** Block blobs of a container of Azure Blob Storage. */
export class AzureBlobStore implements BlobStore {
  readonly supportsCreateIfAbsent: boolean
  readonly multipart: StagedMultipart
  readonly presigner: BlobPresigner
  readonly #names: ObjectNames
  readonly #container: ContainerClient
  readonly #idleTimeoutMs: number

  constructor(options: AzureBlobStoreOptions) {
    const credential = new StorageSharedKeyCredential(options.account, options.accountKey)
    this.supportsCreateIfAbsent = options.createIfAbsent ?? true
    this.#names = new ObjectNames(options.folder)
    // Repeating is the retrying decorator's, which knows which bodies can be sent again.
    this.#container = new ContainerClient(options.containerUrl, credential, {
      retryOptions: { maxTries: 1 },
    })
    this.#idleTimeoutMs = options.idleTimeoutMs ?? defaultIdleTimeoutMs
    const staged = new AzureStagedObjects(this.#container, this.#names, this.#idleTimeoutMs)
    this.multipart = new StagedMultipart(this.#names.prefix, maxBlockBytes, staged)
    this.presigner = azurePresigner((key) => this.#blob(key))
  }

  async put(key: BlobKey, body: BlobBody, options: PutOptions = {}): Promise<PutOutcome> {
    const blob = this.#blob(key)
    const ifAbsent = options.ifAbsent === true
    if (ifAbsent && !this.supportsCreateIfAbsent)
      throw new BlobOperationUnsupportedError('ifAbsent')
    return this.#call('put', options, async (call) => {
      try {
        await blob.upload(requestBody(call, key, body, options.signal), bodySizeBytes(body), {
          abortSignal: call.signal,
          blobHTTPHeaders: contentMd5(body),
          ...(ifAbsent && { conditions: { ifNoneMatch: '*' } }),
        })
        return { kind: 'stored' }
      } catch (error) {
        if (ifAbsent && (hasCode(error, 'BlobAlreadyExists') || hasStatus(error, 412)))
          return { kind: 'exists' }
        throw error
      }
    })
  }

  async get(key: BlobKey, options: CallOptions = {}): Promise<BlobReader> {
    const blob = this.#blob(key)
    return this.#call('get', options, async (call) => {
      try {
        const answer = await blob.download(0, undefined, unrepeated(call))
        return exactReader(readable(answer), answer.contentLength ?? NaN, this.#timed(options))
      } catch (error) {
        throw isNotFound(error) ? new BlobNotFoundError(key, { cause: error }) : error
      }
    })
  }

  async range(key: BlobKey, range: ByteRange, options: CallOptions = {}): Promise<BlobReader> {
    const blob = this.#blob(key)
    const { start, end } = range
    if (!isRange(range)) return refuseRange(this, key, range, options)
    const answer = await this.#call('range', options, async (call) => {
      try {
        return await blob.download(start, end - start, unrepeated(call))
      } catch (error) {
        if (hasStatus(error, 416)) return undefined
        throw isNotFound(error) ? new BlobNotFoundError(key, { cause: error }) : error
      }
    })
    if (answer?.contentRange?.startsWith(`bytes ${start}-${end - 1}/`) !== true) {
      if (answer) readable(answer).destroy()
      return refuseRange(this, key, range, options)
    }
    return exactReader(readable(answer), end - start, this.#timed(options))
  }

  async head(key: BlobKey, options: CallOptions = {}): Promise<BlobInfo | undefined> {
    const blob = this.#blob(key)
    return this.#call('head', options, async (call) => {
      try {
        const found = await blob.getProperties({ abortSignal: call.signal })
        const { contentLength: sizeBytes, lastModified: modifiedAt } = found
        if (sizeBytes === undefined || !modifiedAt)
          throw new BlobStoreUnavailableError('head', 'no length or time', { retryable: true })
        return { key, sizeBytes, modifiedAt }
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    })
  }

  async list(query: ListQuery = {}): Promise<BlobPage> {
    const span = listSpan(query)
    return this.#call('list', query, async (call) => {
      const prefix = this.#names.prefix + span.prefix
      const pages = this.#container.listBlobsFlat({ prefix, abortSignal: call.signal }).byPage({
        maxPageSize: span.limit,
        ...(span.after !== '' && { continuationToken: span.after }),
      })
      const { value, done } = await pages.next()
      if (done === true) return { items: [], nextCursor: undefined }
      const items = value.segment.blobItems.flatMap(({ name, properties }): BlobInfo[] => {
        const key = this.#names.findKey(name)
        const { contentLength: sizeBytes = NaN, lastModified: modifiedAt } = properties
        return key ? [{ key, sizeBytes, modifiedAt }] : []
      })
      return { items, nextCursor: value.continuationToken || undefined }
    })
  }

  async delete(key: BlobKey, options: CallOptions = {}): Promise<void> {
    const blob = this.#blob(key)
    await this.#call('delete', options, async (call) => {
      try {
        await blob.delete({ abortSignal: call.signal })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    })
  }

  async findSpace(): Promise<undefined> {
    return undefined
  }

  /** The SDK keeps its connections for all its clients and lets the process end. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #blob(key: BlobKey) {
    return this.#container.getBlockBlobClient(this.#names.nameOf(key))
  }

  #timed(options: CallOptions) {
    return { ...options, idleTimeoutMs: this.#idleTimeoutMs }
  }

  #call<T>(operation: string, options: CallOptions, work: (call: RemoteCall) => Promise<T>) {
    return RemoteCall.run(operation, this.#timed(options), translateAzure(operation), work)
  }
}

/** The SDK would go on with a broken body by asking again, and could meet another object then. */
function unrepeated(call: RemoteCall) {
  return { abortSignal: call.signal, maxRetryRequests: 0 }
}
