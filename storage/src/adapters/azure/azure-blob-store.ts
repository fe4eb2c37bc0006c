import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import type { BlobDownloadResponseParsed } from '@azure/storage-blob'
import { bodySizeBytes } from '../../blob-body.ts'
import type { ListSpan } from '../../blob-query.ts'
import type { BlobPresigner, ByteRange, PutOutcome } from '../../blob-store.ts'
import { BlobStoreUnavailableError } from '../../blob-store-errors.ts'
import type { OpenedObject } from '../remote/opened-object.ts'
import { RemoteBlobStore } from '../remote/remote-blob-store.ts'
import type {
  NewObject,
  RemoteBlobStoreOptions,
  RemoteObject,
  RemotePage,
} from '../remote/remote-blob-store.ts'
import type { RemoteCall } from '../remote/remote-call.ts'
import { StagedMultipart } from '../remote/staged-multipart.ts'
import { contentMd5, readable, requestBody } from './azure-bodies.ts'
import { hasCode, hasStatus, isNotFound, translateAzure } from './azure-errors.ts'
import { azurePresigner } from './azure-presigner.ts'
import { AzureStagedObjects, maxBlockBytes } from './azure-staged-objects.ts'

/** `createIfAbsent`: whether the service is known to honour `If-None-Match`. */
export interface AzureBlobStoreOptions extends RemoteBlobStoreOptions {
  readonly account: string
  /** Base64, as Azure shows it. */
  readonly accountKey: string
  /** The container's address. */
  readonly containerUrl: string
}

/** Block blobs of a container of Azure Blob Storage. */
export class AzureBlobStore extends RemoteBlobStore {
  readonly multipart: StagedMultipart
  readonly presigner: BlobPresigner
  readonly #container: ContainerClient

  constructor(options: AzureBlobStoreOptions) {
    super(options, translateAzure)
    const credential = new StorageSharedKeyCredential(options.account, options.accountKey)
    // Repeating is the retrying decorator's, which knows which bodies can be sent again.
    this.#container = new ContainerClient(options.containerUrl, credential, {
      retryOptions: { maxTries: 1 },
    })
    const staged = new AzureStagedObjects(this.#container, this.names, this.calls)
    this.multipart = new StagedMultipart(this.names.prefix, maxBlockBytes, staged)
    this.presigner = azurePresigner((key) => this.#blob(this.names.nameOf(key)))
  }

  /** The SDK keeps its connections for all its clients and lets the process end. */
  async [Symbol.asyncDispose](): Promise<void> {}

  protected async putObject(object: NewObject, call: RemoteCall): Promise<PutOutcome> {
    const { key, name, body, ifAbsent, signal } = object
    try {
      const sent = requestBody(call, key, body, signal)
      await this.#blob(name).upload(sent, bodySizeBytes(body), {
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
  }

  protected async openObject(name: string, call: RemoteCall): Promise<OpenedObject> {
    return opened(await this.#blob(name).download(0, undefined, unrepeated(call)))
  }

  protected async openRange(
    name: string,
    { start, end }: ByteRange,
    call: RemoteCall,
  ): Promise<OpenedObject | undefined> {
    try {
      return opened(await this.#blob(name).download(start, end - start, unrepeated(call)))
    } catch (error) {
      if (hasStatus(error, 416)) return undefined
      throw error
    }
  }

  protected async findObject(name: string, call: RemoteCall): Promise<RemoteObject | undefined> {
    try {
      const found = await this.#blob(name).getProperties({ abortSignal: call.signal })
      const { contentLength: sizeBytes, lastModified: modifiedAt } = found
      if (sizeBytes === undefined || !modifiedAt)
        throw new BlobStoreUnavailableError('head', 'no length or time', { retryable: true })
      return { sizeBytes, modifiedAt }
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  protected async listObjects(span: ListSpan, call: RemoteCall): Promise<RemotePage> {
    const { prefix } = span
    const pages = this.#container.listBlobsFlat({ prefix, abortSignal: call.signal }).byPage({
      maxPageSize: span.limit,
      ...(span.after !== '' && { continuationToken: span.after }),
    })
    const { value, done } = await pages.next()
    if (done === true) return { objects: [], nextCursor: undefined }
    const objects = value.segment.blobItems.map(({ name, properties }) => {
      const { contentLength: sizeBytes = NaN, lastModified: modifiedAt } = properties
      return { name, sizeBytes, modifiedAt }
    })
    return { objects, nextCursor: value.continuationToken || undefined }
  }

  protected async deleteObject(name: string, call: RemoteCall): Promise<void> {
    try {
      await this.#blob(name).delete({ abortSignal: call.signal })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  protected isNotFound(error: unknown): boolean {
    return isNotFound(error)
  }

  #blob(name: string) {
    return this.#container.getBlockBlobClient(name)
  }
}

/** The SDK would go on with a broken body by asking again, and could meet another object then. */
function unrepeated(call: RemoteCall) {
  return { abortSignal: call.signal, maxRetryRequests: 0 }
}

function opened(answer: BlobDownloadResponseParsed): OpenedObject {
  const { contentLength: sizeBytes = NaN, contentRange } = answer
  return { body: readable(answer), sizeBytes, contentRange }
}
