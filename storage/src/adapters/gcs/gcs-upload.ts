import { setTimeout } from 'node:timers/promises'
import { bodySizeBytes } from '../../blob-body.ts'
import type { BlobBody } from '../../blob-store.ts'
import { BlobStoreError } from '../../blob-store-errors.ts'
import type { HttpAnswer } from '../remote/http-client.ts'
import type { RemoteCall } from '../remote/remote-call.ts'
import { isPassing, ServiceFailure } from '../remote/service-failure.ts'
import type { GcsConnection } from './gcs-connection.ts'
import { parseObject } from './gcs-object.ts'
import type { GcsObject } from './gcs-object.ts'

export interface GcsUpload {
  readonly name: string
  readonly body: BlobBody
  /** Only when there is none; otherwise rejects with a `ServiceFailure` of status 412. */
  readonly ifAbsent: boolean
  readonly signal: AbortSignal | undefined
}

/** Of a resumable upload; all but the last chunk must be a multiple of 256 KiB. */
const chunkBytes = 8 * 2 ** 20
const maxStalls = 4
const stallDelayMs = 100

/** Stores an object: what is small in one request, else by a resumable upload. */
export async function uploadObject(
  connection: GcsConnection,
  upload: GcsUpload,
  call: RemoteCall,
): Promise<GcsObject> {
  const { name, ifAbsent, body } = upload
  const precondition = ifAbsent ? { ifGenerationMatch: '0' } : undefined
  const query = { name, ...precondition }
  if (bodySizeBytes(body) > chunkBytes) return resumable(connection, upload, query, call)
  const request = {
    method: 'POST',
    url: connection.uploadUrl({ ...query, uploadType: 'media' }),
    headers: { 'content-type': 'application/octet-stream' },
    body: { sizeBytes: bodySizeBytes(body), chunks: call.body(name, body, upload.signal) },
    expect: [200],
  } as const
  return parseObject((await connection.ask(request, call)).text)
}

/** https://cloud.google.com/storage/docs/performing-resumable-uploads */
async function resumable(
  connection: GcsConnection,
  upload: GcsUpload,
  query: Readonly<Record<string, string>>,
  call: RemoteCall,
): Promise<GcsObject> {
  const totalBytes = bodySizeBytes(upload.body)
  const request = {
    method: 'POST',
    url: connection.uploadUrl({ ...query, uploadType: 'resumable' }),
    headers: {
      'x-upload-content-length': String(totalBytes),
      'x-upload-content-type': 'application/octet-stream',
    },
    body: { sizeBytes: 0, chunks: call.body(upload.name, new Uint8Array()) },
    expect: [200],
  } as const
  const { answer } = await connection.ask(request, call)
  const session = new UploadSession(connection, sessionUrl(answer), totalBytes, call)
  for await (const chunk of gathered(call.body(upload.name, upload.body, upload.signal))) {
    const stored = await session.send(chunk)
    if (stored) return stored
  }
  throw new ServiceFailure(200, 'the upload did not end')
}

function sessionUrl({ headers }: HttpAnswer): URL {
  if (!headers.location) throw new ServiceFailure(200, 'no upload session')
  return new URL(headers.location)
}

/** Sends chunks one after the other, each until the service has all of it. */
class UploadSession {
  readonly #connection: GcsConnection
  readonly #url: URL
  readonly #totalBytes: number
  readonly #call: RemoteCall
  /** How much the service has. */
  #storedBytes = 0

  constructor(connection: GcsConnection, url: URL, totalBytes: number, call: RemoteCall) {
    this.#connection = connection
    this.#url = url
    this.#totalBytes = totalBytes
    this.#call = call
  }

  /** The object, once the service has the last chunk. */
  async send(chunk: Uint8Array): Promise<GcsObject | undefined> {
    const chunkStart = this.#storedBytes
    const chunkEnd = chunkStart + chunk.byteLength
    for (let stalls = 0; ;) {
      const before = this.#storedBytes
      const rest = chunk.subarray(before - chunkStart)
      const stored = await this.#attempt(rest, stalls >= maxStalls)
      if (stored) return stored
      if (this.#storedBytes < chunkStart || this.#storedBytes > chunkEnd)
        throw new ServiceFailure(308, 'the session has lost its way')
      if (this.#storedBytes === chunkEnd) return undefined
      if (this.#storedBytes > before) stalls = 0
      else await setTimeout(stallDelayMs * 2 ** stalls++, undefined, { signal: this.#call.signal })
    }
  }

  /** One request. When it fails in passing, the next asks how much has arrived. */
  async #attempt(bytes: Uint8Array, isLast: boolean): Promise<GcsObject | undefined> {
    try {
      const start = this.#storedBytes
      const range = `bytes ${start}-${start + bytes.byteLength - 1}/${this.#totalBytes}`
      return await this.#put(range, bytes)
    } catch (error) {
      if (isLast || !isPassingError(error) || this.#call.signal.aborted) throw error
      return this.#askProgress(error)
    }
  }

  async #askProgress(failure: unknown): Promise<GcsObject | undefined> {
    try {
      return await this.#put(`bytes */${this.#totalBytes}`, new Uint8Array())
    } catch (error) {
      if (!isPassingError(error)) throw error
      if (this.#call.signal.aborted) throw failure
      // Nothing learnt: the same bytes are sent again after a wait.
      return undefined
    }
  }

  async #put(range: string, bytes: Uint8Array): Promise<GcsObject | undefined> {
    const request = {
      method: 'PUT',
      url: this.#url,
      headers: { 'content-range': range },
      body: { sizeBytes: bytes.byteLength, chunks: this.#call.body('upload', bytes) },
      expect: [200, 201, 308],
    } as const
    const { answer, text } = await this.#connection.ask(request, this.#call)
    if (answer.status !== 308) return parseObject(text)
    const range308 = /^bytes=0-(\d+)$/.exec(answer.headers.range ?? '')
    this.#storedBytes = range308 ? Number(range308[1]) + 1 : 0
    return undefined
  }
}

/** What is no answer of the service is the network's; what is the port's already, as a refused sign-in, stays. */
function isPassingError(error: unknown): boolean {
  if (error instanceof ServiceFailure) return isPassing(error.status)
  return !(error instanceof BlobStoreError)
}

async function* gathered(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let buffer = Buffer.allocUnsafe(chunkBytes)
  let filled = 0
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.byteLength;) {
      const taken = Math.min(chunk.byteLength - offset, chunkBytes - filled)
      buffer.set(chunk.subarray(offset, offset + taken), filled)
      offset += taken
      filled += taken
      if (filled < chunkBytes) continue
      yield buffer
      buffer = Buffer.allocUnsafe(chunkBytes)
      filled = 0
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled)
}
