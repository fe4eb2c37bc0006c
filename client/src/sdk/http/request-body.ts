/**
 * Bytes to send. A function gives them as a stream and may be called again, when the request has to be sent again.
 * Browsers want a `Blob` for what is large (a file of an `<input>` is one): most cannot send streams.
 */
export type ContentSource =
  | string
  | Uint8Array
  | Blob
  | (() => AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>)

/** As `fetch` takes it. */
export type SentBody = NonNullable<RequestInit['body']>

export interface RequestBody {
  readonly mediaType: string | undefined
  /** As far as it is known before. */
  readonly sizeBytes: number | undefined
  /** Called once for each time that the request is sent. */
  open(onProgress: () => void): SentBody
}

export function jsonBody(value: unknown): RequestBody {
  return contentBody(JSON.stringify(value), 'application/json')
}

export function contentBody(
  source: ContentSource,
  mediaType: string,
  sizeBytes?: number,
): RequestBody {
  if (typeof source === 'function')
    return { mediaType, sizeBytes, open: (onProgress) => streamOf(source(), onProgress) }
  const bytes = typeof source === 'string' ? new TextEncoder().encode(source) : source
  const known = bytes instanceof Uint8Array ? bytes.byteLength : bytes.size
  // A view of a part of a buffer, which fetch sends as that part.
  return { mediaType, sizeBytes: known, open: () => bytes as SentBody }
}

/** Its media type has the boundary, which `fetch` makes. */
export function formBody(form: FormData, sizeBytes: number): RequestBody {
  return { mediaType: undefined, sizeBytes, open: () => form }
}

function streamOf(
  source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  onProgress: () => void,
): ReadableStream<Uint8Array> {
  const pieces = source instanceof ReadableStream ? streamPieces(source) : source
  const iterator = pieces[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next()
        onProgress()
        if (next.done === true) controller.close()
        else controller.enqueue(next.value)
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

/** Not every browser iterates over streams. */
async function* streamPieces(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader()
  let isAtEnd = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) {
        isAtEnd = true
        return
      }
      yield value
    }
  } finally {
    if (!isAtEnd) await reader.cancel().catch(() => undefined)
    reader.releaseLock()
  }
}
