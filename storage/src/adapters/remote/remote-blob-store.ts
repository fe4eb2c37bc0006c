import type { BlobKey } from '../../blob-key.ts'
import { listSpan } from '../../blob-query.ts'
import type { ListSpan } from '../../blob-query.ts'
import type {
  BlobBody,
  BlobInfo,
  BlobMultipart,
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
import { BlobNotFoundError, BlobOperationUnsupportedError } from '../../blob-store-errors.ts'
import { ObjectNames } from './object-names.ts'
import { isOfRange } from './opened-object.ts'
import type { OpenedObject } from './opened-object.ts'
import { isRange, refuseRange } from './refuse-range.ts'
import type { RemoteCall } from './remote-call.ts'
import { RemoteCalls } from './remote-calls.ts'
import type { TranslateErrors } from './remote-calls.ts'

export interface RemoteBlobStoreOptions {
  /** The path in the bucket under which everything lies; '' for the bucket itself. */
  readonly folder: string
  /** Whether the service is known to create an object only where there is none. Default true. */
  readonly createIfAbsent?: boolean
  /** Default 60,000. */
  readonly idleTimeoutMs?: number
}

export interface NewObject {
  readonly key: BlobKey
  readonly name: string
  readonly body: BlobBody
  readonly ifAbsent: boolean
  readonly signal: AbortSignal | undefined
}

export interface RemoteObject {
  readonly sizeBytes: number
  readonly modifiedAt: Date
}

export interface RemotePage {
  readonly objects: readonly (RemoteObject & { readonly name: string })[]
  readonly nextCursor: string | undefined
}

/**
 * The store of a service over a network. What all have in common is here, by names, calls and the
 * port's errors; an adapter says how its service is asked.
 */
export abstract class RemoteBlobStore implements BlobStore {
  readonly supportsCreateIfAbsent: boolean
  abstract readonly multipart: BlobMultipart
  abstract readonly presigner: BlobPresigner
  protected readonly names: ObjectNames
  protected readonly calls: RemoteCalls

  constructor(options: RemoteBlobStoreOptions, translate: TranslateErrors) {
    this.supportsCreateIfAbsent = options.createIfAbsent ?? true
    this.names = new ObjectNames(options.folder)
    this.calls = new RemoteCalls(translate, options.idleTimeoutMs)
  }

  async put(key: BlobKey, body: BlobBody, options: PutOptions = {}): Promise<PutOutcome> {
    const name = this.names.nameOf(key)
    const { ifAbsent = false, signal } = options
    if (ifAbsent && !this.supportsCreateIfAbsent)
      throw new BlobOperationUnsupportedError('ifAbsent')
    const object = { key, name, body, ifAbsent, signal }
    return this.calls.run('put', options, (call) => this.putObject(object, call))
  }

  async get(key: BlobKey, options: CallOptions = {}): Promise<BlobReader> {
    const name = this.names.nameOf(key)
    const { body, sizeBytes } = await this.calls.run('get', options, (call) =>
      this.#found(key, this.openObject(name, call)),
    )
    return this.calls.reader(body, sizeBytes, options)
  }

  async range(key: BlobKey, range: ByteRange, options: CallOptions = {}): Promise<BlobReader> {
    const name = this.names.nameOf(key)
    if (!isRange(range)) return refuseRange(this, key, range, options)
    const opened = await this.calls.run('range', options, (call) =>
      this.#found(key, this.openRange(name, range, call)),
    )
    if (!opened || !isOfRange(opened, range)) {
      opened?.body.destroy()
      return refuseRange(this, key, range, options)
    }
    return this.calls.reader(opened.body, range.end - range.start, options)
  }

  async head(key: BlobKey, options: CallOptions = {}): Promise<BlobInfo | undefined> {
    const name = this.names.nameOf(key)
    const found = await this.calls.run('head', options, (call) => this.findObject(name, call))
    return found && { key, sizeBytes: found.sizeBytes, modifiedAt: found.modifiedAt }
  }

  async list(query: ListQuery = {}): Promise<BlobPage> {
    const span = listSpan(query)
    const named = { ...span, prefix: this.names.prefix + span.prefix }
    const page = await this.calls.run('list', query, (call) => this.listObjects(named, call))
    const items = page.objects.flatMap(({ name, sizeBytes, modifiedAt }): BlobInfo[] => {
      const key = this.names.findKey(name)
      return key ? [{ key, sizeBytes, modifiedAt }] : []
    })
    return { items, nextCursor: page.nextCursor }
  }

  async delete(key: BlobKey, options: CallOptions = {}): Promise<void> {
    const name = this.names.nameOf(key)
    await this.calls.run('delete', options, (call) => this.deleteObject(name, call))
  }

  async findSpace(): Promise<undefined> {
    return undefined
  }

  abstract [Symbol.asyncDispose](): Promise<void>

  protected abstract putObject(object: NewObject, call: RemoteCall): Promise<PutOutcome>
  protected abstract openObject(name: string, call: RemoteCall): Promise<OpenedObject>
  /** `undefined`, or an answer of another range, when the object has no such range. */
  protected abstract openRange(
    name: string,
    range: ByteRange,
    call: RemoteCall,
  ): Promise<OpenedObject | undefined>
  protected abstract findObject(name: string, call: RemoteCall): Promise<RemoteObject | undefined>
  /** The span's prefix is that of names. */
  protected abstract listObjects(span: ListSpan, call: RemoteCall): Promise<RemotePage>
  /** Resolves also when there is none. */
  protected abstract deleteObject(name: string, call: RemoteCall): Promise<void>
  /** Whether opening failed because there is no such object. */
  protected abstract isNotFound(error: unknown): boolean

  async #found<T>(key: BlobKey, opening: Promise<T>): Promise<T> {
    try {
      return await opening
    } catch (error) {
      throw this.isNotFound(error) ? new BlobNotFoundError(key, { cause: error }) : error
    }
  }
}
