import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Chunker, hashChunk, makeDelta, sha256Of, type ChunkedContent } from '@cloudsync/storage'
import type { RestCaller } from '../peers/rest-caller.ts'

/** What one edit of a file costs on the wire. */
export interface DeltaTransfer {
  readonly payloadBytes: number
  /** Both ways, with all headers. */
  readonly wireBytes: number
  /** In the client, until the first byte can go. */
  readonly clientSeconds: number
  /** From the first byte sent to the answer, when it is durable. */
  readonly serverSeconds: number
}

/** Sends what is new in `target`, of a file that the server has as `base`, and brings it back as well. */
export async function sendDelta(
  caller: RestCaller,
  nodeId: string,
  base: Buffer,
  target: Buffer,
): Promise<DeltaTransfer> {
  const begin = performance.now()
  const delta = Buffer.concat(
    await Array.fromAsync(makeDelta(await chunked(base), await chunked(target))),
  )
  const made = performance.now()
  const { url, headers } = caller.addressOf(`/nodes/${nodeId}/content`)
  // A socket of its own, whose bytes are all of this request.
  const agent = new Agent({ keepAlive: false })
  const patch = request(url, {
    method: 'PATCH',
    agent,
    headers: {
      ...headers,
      'content-type': 'application/vnd.cloudsync.delta',
      'content-length': delta.byteLength,
    },
  })
  const [[socket], [answer]] = await Promise.all([
    once(patch, 'socket') as Promise<[Socket]>,
    once(patch.end(delta), 'response') as Promise<[IncomingMessage]>,
  ])
  const text = (await answer.setEncoding('utf8').toArray()).join('')
  if (answer.statusCode !== 200) throw new Error(`PATCH: ${answer.statusCode} ${text}`)
  return {
    payloadBytes: delta.byteLength,
    wireBytes: socket.bytesWritten + socket.bytesRead,
    clientSeconds: (made - begin) / 1000,
    serverSeconds: (performance.now() - made) / 1000,
  }
}

async function chunked(bytes: Buffer): Promise<ChunkedContent> {
  const chunker = new Chunker()
  const chunks: ChunkedContent['chunks'] & { hash: Uint8Array; plainBytes: number }[] = []
  const add = (piece: Uint8Array) =>
    chunks.push({ hash: hashChunk(piece), plainBytes: piece.byteLength })
  const pieceBytes = 4 * 1024 * 1024
  for (let at = 0; at < bytes.byteLength; at += pieceBytes)
    for (const piece of chunker.push(bytes.subarray(at, at + pieceBytes))) add(piece)
  const last = chunker.finish()
  if (last) add(last)
  return {
    sha256: await sha256Of(bytes),
    sizeBytes: bytes.byteLength,
    chunks,
    read: async (start, end) => bytes.subarray(start, end),
  }
}
