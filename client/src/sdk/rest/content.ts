import type { NodeId, PutContentResponse, ReadContentsList } from '@cloudsync/protocol'
import { NetworkError, type CloudSyncError } from '../errors.ts'
import { apiRoot, type Api, type CallOptions } from '../http/api.ts'
import { readJson, readNothing } from '../http/http-client.ts'
import { concat } from '../http/multipart-body.ts'
import { problemError } from '../http/read-problem.ts'
import { contentBody, jsonBody, type ContentSource } from '../http/request-body.ts'
import { ContentBody } from './content-body.ts'
import { digestHeader, quoteTag, unquoteTag } from './entity-tags.ts'

const deltaMediaType = 'application/vnd.cloudsync.delta'

export interface GetContentOptions extends CallOptions {
  /** Entity tags that the caller has the bytes of: where one is current, the answer is `unchanged`. */
  readonly known?: readonly string[]
  /** Bytes from `start` up to `end`, which is not among them; without `end` to the last. */
  readonly range?: { readonly start: number; readonly end?: number }
  /** With `range`: only of the content of this tag, else the whole as it is now. */
  readonly rangeOf?: string
  /** Whether a delta on one of `known` (hashes; four at most) will do: docs/formats.md, "Deltas on the wire". */
  readonly acceptsDelta?: boolean
}

/** `etag` names the bytes: the SHA-256 of a blob in hex, `epoch.seq` of a live text. Without quotes. */
export type ContentAnswer =
  | {
      readonly kind: 'whole'
      readonly etag: string
      readonly sizeBytes: number | undefined
      readonly mediaType: string
      readonly body: ContentBody
    }
  | {
      readonly kind: 'part'
      readonly etag: string
      readonly start: number
      /** Not among them. */
      readonly end: number
      /** Of the whole. */
      readonly totalBytes: number
      readonly body: ContentBody
    }
  /** `base` is the SHA-256 of what the delta builds on, `etag` that of what it makes. */
  | {
      readonly kind: 'delta'
      readonly etag: string
      readonly base: string
      readonly body: ContentBody
    }
  | { readonly kind: 'unchanged'; readonly etag: string }

/** One of many: `content` is a part of what came, which is in memory as long as any part of it is. */
export type ReadContent =
  | {
      readonly ok: true
      readonly nodeId: NodeId
      readonly etag: string
      readonly content: Uint8Array<ArrayBuffer>
    }
  | { readonly ok: false; readonly nodeId: NodeId; readonly error: CloudSyncError }

export interface PutContentOptions extends CallOptions {
  /**
   * What the bytes build on, as the tag under which they were read. Where somebody else has replaced that, the conflict
   * policy decides (`content_conflict`); a text is merged. Without it the last writer wins, and a text is merged with
   * what came since this sign-in last read it.
   */
  readonly ifMatch?: string
  /** SHA-256 in hex, by which the server checks what arrives (`hash_mismatch`). */
  readonly sha256?: string
  /** Of a source that is a stream. */
  readonly sizeBytes?: number
}

/** The bytes of files. */
export class ContentApi {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** What a file holds, as it comes. Read or cancel the body of the answer. */
  get(id: NodeId, options: GetContentOptions = {}): Promise<ContentAnswer> {
    return this.#get(`/nodes/${id}/content`, options)
  }

  /** What a version of a file holds. */
  getVersion(id: NodeId, version: number, options: GetContentOptions = {}): Promise<ContentAnswer> {
    return this.#get(`/nodes/${id}/versions/${version}/content`, options)
  }

  /**
   * What up to 500 files hold, of 8 MiB together and none above 1 MiB. One result each, in their order; what did not go
   * into the answer is refused with `answer_full`, to be asked for again.
   */
  getMany(
    ids: readonly NodeId[],
    { signal, timeoutMs }: CallOptions = {},
  ): Promise<readonly ReadContent[]> {
    return this.#api.http.send({
      method: 'POST',
      path: `${apiRoot}/nodes/contents`,
      body: jsonBody({ ids }),
      repetition: 'freely',
      limit: 'transfer',
      signal,
      timeoutMs,
      read: readContents,
    })
  }

  /** All of it, in memory. */
  async bytes(id: NodeId, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#getWhole(id, options)).body.bytes()
  }

  /** All of it as UTF-8, without a byte order mark. */
  async text(id: NodeId, options?: CallOptions): Promise<string> {
    return (await this.#getWhole(id, options)).body.text()
  }

  /**
   * All of it piece by piece, also over a line that breaks: it goes on where it broke off. Rejects with `NetworkError`
   * `broken_off` where the file was replaced meanwhile, so that what came is of no use.
   */
  async *download(id: NodeId, options: CallOptions = {}): AsyncGenerator<Uint8Array, void> {
    let received = 0
    let answer = await this.#getWhole(id, options)
    const { etag } = answer
    for (let failures = 0; ;) {
      try {
        for await (const bytes of answer.body) {
          received += bytes.byteLength
          failures = 0
          yield bytes
        }
        return
      } catch (error) {
        const { maxAttempts } = this.#api.http.options
        if (!(error instanceof NetworkError) || ++failures >= maxAttempts) throw error
        if (received === answer.sizeBytes) return
        const range = { start: received }
        const rest = await this.get(id, { ...options, range, rangeOf: etag })
        if (rest.kind !== 'part' || rest.start !== received || rest.etag !== etag) {
          if ('body' in rest) await rest.body.cancel()
          throw new NetworkError('broken_off', 'The file was replaced while it was read', error)
        }
        answer = { ...answer, body: rest.body }
      }
    }
  }

  /** Replaces the bytes; `etag` of the answer names what the file holds now. */
  put(
    id: NodeId,
    source: ContentSource,
    options: PutContentOptions = {},
  ): Promise<PutContentResponse> {
    const body = contentBody(source, 'application/octet-stream', options.sizeBytes)
    return this.#send('PUT', id, body, options)
  }

  /** Replaces the bytes by a delta on one of the file's versions (docs/formats.md). Throws `base_unknown`. */
  patch(
    id: NodeId,
    delta: ContentSource,
    options: Omit<PutContentOptions, 'sha256'> = {},
  ): Promise<PutContentResponse> {
    return this.#send('PATCH', id, contentBody(delta, deltaMediaType, options.sizeBytes), options)
  }

  #send(
    method: 'PUT' | 'PATCH',
    id: NodeId,
    body: ReturnType<typeof contentBody>,
    { ifMatch, sha256, signal, timeoutMs }: PutContentOptions,
  ): Promise<PutContentResponse> {
    return this.#api.http.send({
      method,
      path: `${apiRoot}/nodes/${id}/content`,
      headers: {
        'if-match': ifMatch === undefined ? undefined : quoteTag(ifMatch),
        'content-digest': sha256 === undefined ? undefined : digestHeader(sha256),
      },
      body,
      repetition: 'freely',
      limit: 'transfer',
      signal,
      timeoutMs,
      read: readJson<PutContentResponse>,
    })
  }

  async #getWhole(id: NodeId, { signal, timeoutMs }: CallOptions = {}) {
    const answer = await this.get(id, { signal, timeoutMs })
    if (answer.kind === 'whole') return answer
    if ('body' in answer) await answer.body.cancel()
    throw new NetworkError('broken_off', 'The whole was asked for, and not given')
  }

  #get(path: string, options: GetContentOptions): Promise<ContentAnswer> {
    const { range, rangeOf, known, acceptsDelta, signal, timeoutMs } = options
    const last = range?.end === undefined ? '' : range.end - 1
    return this.#api.http.send({
      method: 'GET',
      path: apiRoot + path,
      headers: {
        range: range && `bytes=${range.start}-${last}`,
        'if-range': rangeOf === undefined ? undefined : quoteTag(rangeOf),
        'if-none-match': known?.length ? known.map(quoteTag).join(', ') : undefined,
        'a-im': acceptsDelta === true ? 'cloudsync-delta' : undefined,
      },
      repetition: 'freely',
      limit: 'transfer',
      signal,
      timeoutMs,
      expected: [304],
      read: (answer) => this.#readAnswer(answer, options),
    })
  }

  async #readAnswer(answer: Response, { signal, timeoutMs }: CallOptions): Promise<ContentAnswer> {
    const { status, headers } = answer
    const etag = unquoteTag(headers.get('etag'))
    if (status === 304) {
      await readNothing(answer)
      return { kind: 'unchanged', etag }
    }
    const { clock, timeoutMs: usualMs } = this.#api.http.options
    const sizeBytes = sizeOf(headers)
    const options = { clock, timeoutMs: timeoutMs ?? usualMs, signal, sizeBytes }
    const body = new ContentBody(answer, options)
    const mediaType = headers.get('content-type') ?? 'application/octet-stream'
    if (status === 226) {
      const base = unquoteTag(headers.get('delta-base'))
      return { kind: 'delta', etag, base, body }
    }
    const range = status === 206 ? parseContentRange(headers.get('content-range')) : undefined
    if (range) return { kind: 'part', etag, ...range, body }
    return { kind: 'whole', etag, sizeBytes, mediaType, body }
  }
}

/** What a proxy has compressed is shorter on the wire than what is read. */
function sizeOf(headers: Headers): number | undefined {
  const length = headers.get('content-length')
  return length === null || headers.has('content-encoding') ? undefined : Number(length)
}

function parseContentRange(header: string | null) {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header ?? '')
  if (!match) return undefined
  const [first = 0, last = 0, totalBytes = 0] = match.slice(1).map(Number)
  return { start: first, end: last + 1, totalBytes }
}

/** A line of JSON, and behind it the bytes that it tells of. */
async function readContents(answer: Response, heard: () => void): Promise<readonly ReadContent[]> {
  const bytes = await readBytes(answer, heard)
  const lineEnd = bytes.indexOf(0x0a)
  if (lineEnd < 0) throw new NetworkError('broken_off', 'The answer has no list')
  const line = new TextDecoder().decode(bytes.subarray(0, lineEnd))
  const { results } = JSON.parse(line) as ReadContentsList
  let at = lineEnd + 1
  return results.map((result): ReadContent => {
    const { nodeId } = result
    if (!result.ok) return { ok: false, nodeId, error: problemError(result.problem) }
    const content = bytes.subarray(at, (at += result.sizeBytes))
    if (content.byteLength < result.sizeBytes)
      throw new NetworkError('broken_off', 'The answer is shorter than it says')
    return { ok: true, nodeId, etag: result.etag, content }
  })
}

async function readBytes(answer: Response, heard: () => void): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  try {
    // As a stream, so that what comes slowly is not taken for silence.
    for (const reader = answer.body?.getReader(); reader;) {
      const next = await reader.read()
      if (next.done) break
      heard()
      pieces.push(next.value)
    }
  } catch (cause) {
    throw new NetworkError('broken_off', 'The content broke off', cause)
  }
  return concat(pieces)
}
