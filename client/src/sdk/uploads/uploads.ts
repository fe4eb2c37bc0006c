import type { FileMode, NodeId } from '@cloudsync/protocol'
import { CloudSyncError, NetworkError } from '../errors.ts'
import type { Api, CallOptions } from '../http/api.ts'
import type { ContentSource } from '../http/request-body.ts'
import { newNodeId } from '../ids.ts'
import { quoteTag } from '../rest/entity-tags.ts'
import { TusRequests, type UploadProgress } from './tus-requests.ts'

/** Bytes of which any part can be read, and read again. */
export type UploadSource =
  | Uint8Array
  | Blob
  | {
      readonly sizeBytes: number
      /** The bytes from `start` up to `end`, which is not among them. */
      read(start: number, end: number): AsyncIterable<Uint8Array>
    }

export type UploadTarget =
  /** A new file. A name that is taken gives `name (2).ext` and so on, unless `ifTaken` is `fail`. */
  | {
      readonly parentId: NodeId
      readonly name: string
      /** Default: a new one. The server makes one file of an id, however often it is uploaded. */
      readonly id?: NodeId
      readonly ifTaken?: 'fail' | 'rename'
      /** Default: `regular`. */
      readonly mode?: FileMode
    }
  /** A file that is there; `ifMatch` as of `content.put`. */
  | { readonly nodeId: NodeId; readonly ifMatch?: string }

export interface UploadOptions extends CallOptions {
  /** SHA-256 of the whole in hex. What the caller may read already is then not sent at all; what arrives is checked. */
  readonly sha256?: string
  /** The upload of an earlier run, to go on with; one that is gone begins anew. It must be of the same bytes. */
  readonly uploadUrl?: string | undefined
  /** Called before the first byte is sent: whoever keeps the address can go on after a restart, within 7 days. */
  readonly onStarted?: (uploadUrl: string) => void | Promise<void>
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void
  /** How much is sent in one request. Default: 32 MiB. */
  readonly partBytes?: number
}

export interface Uploaded {
  readonly nodeId: NodeId
  /** `false`: the server had the bytes, and none were sent. */
  readonly wasSent: boolean
}

const defaultPartBytes = 32 * 1024 * 1024

/** Files of any size, over lines that break. */
export class UploadsApi {
  readonly #api: Api
  readonly #requests: TusRequests

  constructor(api: Api) {
    this.#api = api
    this.#requests = new TusRequests(api)
  }

  /**
   * Brings all bytes into their file. What breaks off goes on where it was, as often as the client's `maxAttempts`
   * without a byte in between. The same upload must not be run twice at once.
   */
  async upload(
    source: UploadSource,
    target: UploadTarget,
    options: UploadOptions = {},
  ): Promise<Uploaded> {
    const call = { signal: options.signal, timeoutMs: options.timeoutMs }
    const started = await this.#start(source, target, options)
    const { url } = started
    let progress: UploadProgress = started
    options.onProgress?.(progress.offset, sizeOf(source))
    if (progress.nodeId !== undefined) return { nodeId: progress.nodeId, wasSent: false }
    for (let failures = 0; progress.nodeId === undefined;) {
      try {
        const before = progress.offset
        progress = await this.#addPart(url, source, { ...options, offset: before })
        options.onProgress?.(progress.offset, sizeOf(source))
        if (progress.offset > before) failures = 0
        else throw new NetworkError('broken_off', 'The upload does not go on')
      } catch (error) {
        if (!isWorthAsking(error)) throw error
        if (++failures >= this.#api.http.options.maxAttempts) throw error
        await this.#waitAfter(failures, options.signal)
        progress = await this.#look(url, sizeOf(source), call)
      }
    }
    return { nodeId: progress.nodeId, wasSent: true }
  }

  /** How far an upload is; `undefined` when it is gone. */
  async find(uploadUrl: string, options: CallOptions = {}): Promise<UploadProgress | undefined> {
    try {
      return await this.#requests.find(uploadUrl, options)
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
  }

  /** Drops an upload with its bytes; a file that it has become stays. */
  remove(uploadUrl: string, options: CallOptions = {}): Promise<void> {
    return this.#requests.remove(uploadUrl, options)
  }

  async #start(source: UploadSource, target: UploadTarget, options: UploadOptions) {
    const call = { signal: options.signal, timeoutMs: options.timeoutMs }
    const { uploadUrl } = options
    const earlier = uploadUrl === undefined ? undefined : await this.#goOn(uploadUrl, source, call)
    if (earlier) return earlier
    const id = newNodeId(this.#api.http.options.clock.now())
    const metadata = metadataOf({ id, ...target }, options.sha256)
    const begun = await this.#requests.create(sizeOf(source), metadata, call)
    if (begun.nodeId === undefined) await options.onStarted?.(begun.url)
    return begun
  }

  async #goOn(url: string, source: UploadSource, call: CallOptions) {
    try {
      return { ...(await this.#look(url, sizeOf(source), call)), url }
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
  }

  /** As `find` of the requests; why a whole upload does not become its file is in no answer to HEAD. */
  async #look(url: string, sizeBytes: number, call: CallOptions): Promise<UploadProgress> {
    try {
      return await this.#requests.find(url, call)
    } catch (error) {
      if (!(error instanceof CloudSyncError) || isGone(error)) throw error
      const nothing = { offset: sizeBytes, source: new Uint8Array(), sizeBytes: 0 }
      return await this.#requests.add(url, nothing, call)
    }
  }

  #addPart(
    url: string,
    source: UploadSource,
    options: UploadOptions & { readonly offset: number },
  ): Promise<UploadProgress> {
    const { offset, partBytes = defaultPartBytes, signal, timeoutMs } = options
    const end = Math.min(sizeOf(source), offset + partBytes)
    const part = { offset, source: slice(source, offset, end), sizeBytes: end - offset }
    return this.#requests.add(url, part, { signal, timeoutMs })
  }

  #waitAfter(failures: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock, random } = this.#api.http.options
    const ceiling = Math.min(20_000, 250 * 2 ** failures)
    return clock.delay(ceiling / 2 + (ceiling / 2) * random(), signal)
  }
}

/** Another request may still add to it; and a proxy may have lost an answer. */
const passing: ReadonlySet<string> = new Set([
  'upload_conflict',
  'upload_locked',
  'checksum_mismatch',
  'request_timeout',
  'unavailable',
  'overloaded',
  'internal',
  'rate_limited',
])

function isWorthAsking(error: unknown): boolean {
  return (
    error instanceof NetworkError || (error instanceof CloudSyncError && passing.has(error.code))
  )
}

function isGone(error: unknown): boolean {
  return error instanceof CloudSyncError && (error.status === 404 || error.status === 410)
}

function metadataOf(target: UploadTarget, sha256: string | undefined): Record<string, string> {
  const hash: Record<string, string> = sha256 === undefined ? {} : { sha256 }
  if ('nodeId' in target) {
    const { nodeId, ifMatch } = target
    return { nodeId, ...(ifMatch === undefined ? {} : { ifMatch: quoteTag(ifMatch) }), ...hash }
  }
  const { id, parentId, name: filename, ifTaken, mode } = target
  return {
    parentId,
    filename,
    ...(id === undefined ? {} : { id }),
    ...(ifTaken === undefined ? {} : { ifTaken }),
    ...(mode === undefined ? {} : { mode }),
    ...hash,
  }
}

function sizeOf(source: UploadSource): number {
  if (source instanceof Uint8Array) return source.byteLength
  return source instanceof Blob ? source.size : source.sizeBytes
}

function slice(source: UploadSource, start: number, end: number): ContentSource {
  if (source instanceof Uint8Array) return source.subarray(start, end)
  if (source instanceof Blob) return source.slice(start, end)
  return () => source.read(start, end)
}
