import type { Fetch } from '../../sdk/index.ts'
import type { Throttle } from './throttle.ts'

type Init = NonNullable<Parameters<Fetch>[1]>

const pieceBytes = 16 * 1024

export interface Throttles {
  readonly up: Throttle
  readonly down: Throttle
}

/** `fetch`, whose bodies take their time: what really goes over the line is counted. */
export function limitedFetch(inner: Fetch, { up, down }: Throttles): Fetch {
  return async (url, init) => {
    const signal = init.signal ?? undefined
    const answer = await inner(url, up.isOpen ? init : await limitBody(init, up, signal))
    if (down.isOpen || !answer.body) return answer
    const body = answer.body.pipeThrough(limiting(down, signal))
    return new Response(body, answer)
  }
}

async function limitBody(init: Init, up: Throttle, signal: AbortSignal | undefined): Promise<Init> {
  const body = init.body
  if (body === undefined || body === null) return init
  if (body instanceof ReadableStream)
    return { ...init, body: body.pipeThrough(limiting(up, signal)) }
  // Its length goes into the head of the request, so it stays in one piece and waits before it goes.
  await up.pass(lengthOf(body), signal)
  return init
}

function lengthOf(body: Exclude<NonNullable<Init['body']>, ReadableStream>): number {
  if (typeof body === 'string') return body.length
  if (body instanceof Blob) return body.size
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body.byteLength
  if (body instanceof URLSearchParams) return body.toString().length
  if (!(body instanceof FormData)) return 0
  let bytes = 0
  for (const [name, value] of body) {
    bytes += name.length + (typeof value === 'string' ? value.length : value.size)
  }
  return bytes
}

function limiting(throttle: Throttle, signal: AbortSignal | undefined) {
  return new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    async transform(chunk, controller) {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        const piece = chunk.subarray(at, at + pieceBytes)
        await throttle.pass(piece.length, signal)
        controller.enqueue(piece)
      }
    },
  })
}
