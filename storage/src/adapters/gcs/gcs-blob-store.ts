import type { ListSpan } from '../../blob-query.ts'
import type { BlobPresigner, ByteRange, PutOutcome } from '../../blob-store.ts'
import { openedObject, rangeRequest } from '../remote/opened-object.ts'
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
import { GcsConnection } from './gcs-connection.ts'
import type { GcsService } from './gcs-connection.ts'
import { hasStatus, translateGcs } from './gcs-errors.ts'
import { parseObject, parseObjectPage } from './gcs-object.ts'
import { gcsPresigner } from './gcs-presigner.ts'
import { GcsStagedObjects } from './gcs-staged-objects.ts'
import { uploadObject } from './gcs-upload.ts'

/** `createIfAbsent`: whether the service is known to honour `ifGenerationMatch`. */
export interface GcsBlobStoreOptions extends GcsService, RemoteBlobStoreOptions {}

/** Of any object, and so of a part. */
const maxObjectBytes = 5 * 2 ** 40

/** Objects of Google Cloud Storage by its JSON API. */
export class GcsBlobStore extends RemoteBlobStore {
  readonly multipart: StagedMultipart
  readonly presigner: BlobPresigner
  readonly #connection: GcsConnection

  constructor(options: GcsBlobStoreOptions) {
    super(options, translateGcs)
    this.#connection = new GcsConnection(options)
    const staged = new GcsStagedObjects(this.#connection, this.names, this.calls)
    this.multipart = new StagedMultipart(this.names.prefix, maxObjectBytes, staged)
    const { endpoint } = this.#connection
    this.presigner = gcsPresigner({ ...options, endpoint }, (key) => this.names.nameOf(key))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection[Symbol.dispose]()
  }

  protected async putObject(object: NewObject, call: RemoteCall): Promise<PutOutcome> {
    try {
      await uploadObject(this.#connection, object, call)
      return { kind: 'stored' }
    } catch (error) {
      if (object.ifAbsent && hasStatus(error, 412)) return { kind: 'exists' }
      throw error
    }
  }

  protected async openObject(name: string, call: RemoteCall): Promise<OpenedObject> {
    const request = { method: 'GET', url: this.#mediaUrl(name), expect: [200] } as const
    return openedObject(await this.#connection.send(request, call))
  }

  protected async openRange(
    name: string,
    range: ByteRange,
    call: RemoteCall,
  ): Promise<OpenedObject> {
    const request = { method: 'GET', url: this.#mediaUrl(name), ...rangeRequest(range) } as const
    return openedObject(await this.#connection.send(request, call))
  }

  protected async findObject(name: string, call: RemoteCall): Promise<RemoteObject | undefined> {
    const url = this.#connection.objectUrl(name)
    const request = { method: 'GET', url, expect: [200, 404] } as const
    const { answer, text } = await this.#connection.ask(request, call)
    return answer.status === 404 ? undefined : parseObject(text)
  }

  protected async listObjects(span: ListSpan, call: RemoteCall): Promise<RemotePage> {
    const url = this.#connection.objectsUrl({
      prefix: span.prefix,
      maxResults: String(span.limit),
      ...(span.after !== '' && { pageToken: span.after }),
    })
    const { text } = await this.#connection.ask({ method: 'GET', url, expect: [200] }, call)
    const { items, nextPageToken } = parseObjectPage(text)
    return { objects: items, nextCursor: nextPageToken }
  }

  protected async deleteObject(name: string, call: RemoteCall): Promise<void> {
    const url = this.#connection.objectUrl(name)
    await this.#connection.ask({ method: 'DELETE', url, expect: [200, 204, 404] }, call)
  }

  protected isNotFound(error: unknown): boolean {
    return hasStatus(error, 404)
  }

  #mediaUrl(name: string): URL {
    return this.#connection.objectUrl(name, { alt: 'media' })
  }
}
