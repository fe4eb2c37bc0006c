import { keptAsCookie, sessionHeader, type Node, type NodeId } from '@cloudsync/protocol'
import {
  Upload as TusUpload,
  type DetailedError,
  type HttpRequest,
  type HttpResponse,
} from 'tus-js-client'
import type { ApiClient } from '../api/api-client.ts'
import { ApiError } from '../api/api-error.ts'
import { getNode } from '../api/endpoints.ts'
import { apiRoot } from '../api/send-request.ts'
import { hashFile } from './hash-file.ts'
import type { KeptUpload } from './kept-upload-entry.ts'
import { isSameFile, keptUpload, type KeptUploads } from './kept-uploads.ts'
import { readAnswer } from './send-by-xhr.ts'
import type { ReportProgress, Upload } from './upload-queue.ts'

export interface TusOptions {
  readonly api: ApiClient
  readonly kept: KeptUploads
}

/** Each part is a request; a proxy in between may keep one whole before it hands it on. */
const partBytes = 32 * 1024 * 1024
/** Without an end: a line may be gone for hours. Where something comes through, they begin anew. */
const retryDelaysMs = [500, 1_000, 2_000, 4_000, ...Array.from({ length: 10_000 }, () => 8_000)]

/**
 * Sends a large file by tus: it goes on by itself when the line is back, and on another page where this one left it.
 * The server is asked by the hash first, and may have the content already.
 */
export async function sendByTus(
  options: TusOptions,
  upload: Upload,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<Node> {
  const { api, kept } = options
  const known = kept.find(upload.target.id)
  const resumed = known && isSameFile(known, upload.file) ? known : undefined
  const sha256 = resumed ? resumed.sha256 : await hashFile(upload.file, signal)
  const sending = new TusSending(options, { upload, sha256, report }, resumed)
  const nodeId = await sending.run(signal)
  // Only then: who has not heard of the file asks for the session again.
  const node = await getNode(api, nodeId, signal)
  kept.remove(upload.target.id)
  return node
}

interface Sent {
  readonly upload: Upload
  readonly sha256: string | undefined
  readonly report: ReportProgress
}

class TusSending {
  readonly #options: TusOptions
  readonly #sent: Sent
  /** The server did not know who asks. */
  #isSessionDoubted = false
  readonly #path: string | undefined
  #acceptedBytes: number

  constructor(options: TusOptions, sent: Sent, resumed: KeptUpload | undefined) {
    this.#options = options
    this.#sent = sent
    this.#path = resumed?.path
    this.#acceptedBytes = resumed?.sentBytes ?? 0
  }

  /** Gives the id of the file. Rejects with an `ApiError`, or what `signal` carries. */
  run(signal: AbortSignal): Promise<NodeId> {
    const { upload, report } = this.#sent
    const { file } = upload
    const endpoint = `${location.origin}${apiRoot}/uploads`
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const succeed = (answer: HttpResponse) => {
        const nodeId = answer.getHeader('cloudsync-node-id') as NodeId | undefined
        resolve(nodeId ?? upload.target.id)
      }
      const client = new TusUpload(file, {
        endpoint,
        uploadUrl: this.#path === undefined ? null : `${location.origin}${apiRoot}${this.#path}`,
        metadata: this.#metadata(),
        chunkSize: partBytes,
        retryDelays: retryDelaysMs,
        storeFingerprintForResuming: false,
        onBeforeRequest: async (request) => {
          if (request.getMethod() === 'PATCH') await requireReadable(file)
          await this.#checkSession()
          request.setHeader(sessionHeader, keptAsCookie)
        },
        onAfterResponse: (request, answer) => {
          const isCreated = request.getMethod() === 'POST' && answer.getStatus() === 201
          if (isCreated && Number(answer.getHeader('upload-offset')) === file.size) {
            // The content was there: nothing is to be sent.
            succeed(answer)
            void client.abort()
          } else requireTold(request, answer)
        },
        onUploadUrlAvailable: () => this.#keep(client.url),
        onProgress: (sentBytes) => report(sentBytes),
        onChunkComplete: (_, acceptedBytes) => {
          this.#acceptedBytes = acceptedBytes
          this.#keep(client.url)
        },
        onShouldRetry: (error) => this.#mayRetry(error as DetailedError),
        onSuccess: ({ lastResponse }) => succeed(lastResponse),
        onError: (error) => reject(failureOf(error)),
      })
      const end = () => {
        void client.abort()
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', end, { once: true })
      client.start()
    })
  }

  #metadata(): Record<string, string> {
    const { upload, sha256 } = this.#sent
    const { target, parentId, name } = upload
    const place: Record<string, string> =
      target.kind === 'replace'
        ? { nodeId: target.id }
        : { parentId, filename: name, ifTaken: target.ifTaken ?? 'fail' }
    return sha256 === undefined ? place : { ...place, sha256 }
  }

  async #checkSession(): Promise<void> {
    if (!this.#isSessionDoubted) return
    this.#isSessionDoubted = false
    await this.#options.api.session.check()
  }

  #keep(url: string | null): void {
    if (url === null) return
    const { upload, sha256 } = this.#sent
    const sentBytes = this.#acceptedBytes
    const path = new URL(url).pathname.slice(apiRoot.length)
    this.#options.kept.put(keptUpload(upload, { path, sha256, sentBytes }))
  }

  #mayRetry(error: DetailedError): boolean {
    const failure = failureOf(error)
    if (!(failure instanceof ApiError)) return false
    if (failure.status === 401) this.#isSessionDoubted = true
    const isGone = error.originalRequest.getMethod() === 'PATCH' && failure.status === 410
    const mayRetry = isGone || failure.status === 401 || isPassing(failure)
    if (mayRetry) this.#sent.report('stalled')
    return mayRetry
  }
}

class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError'

  constructor(options: ErrorOptions) {
    super('The file cannot be read any more. It was moved or changed since it was chosen.', options)
  }
}

/** A request whose body cannot be read fails as if there were no line, and would be tried for ever. */
async function requireReadable(file: Blob): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer()
  } catch (cause) {
    throw new UnreadableFileError({ cause })
  }
}

/** What time heals; a full server is for a person to know of. */
function isPassing({ code, retryable, status }: ApiError): boolean {
  return retryable && code !== 'storage_full' && code !== 'hash_mismatch' && status !== 500
}

/**
 * The client takes any failure to ask for an upload as a sign that it is gone, and begins anew. Throws for what says
 * nothing of the upload, so that it asks again.
 */
function requireTold(request: HttpRequest, answer: HttpResponse): void {
  const status = answer.getStatus()
  if (request.getMethod() === 'HEAD' && (status === 401 || status === 429 || status >= 500))
    throw readAnswer(status, '', null)
}

function failureOf(error: Error | DetailedError): ApiError | UnreadableFileError {
  const answer = 'originalResponse' in error ? error.originalResponse : null
  if (answer)
    return readAnswer(answer.getStatus(), answer.getBody(), answer.getHeader('retry-after') ?? null)
  const cause = 'causingError' in error ? error.causingError : error
  const isOurs = cause instanceof ApiError || cause instanceof UnreadableFileError
  return isOurs ? cause : new ApiError('unreachable', { cause })
}
