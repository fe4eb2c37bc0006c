import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { open, type FileHandle } from 'node:fs/promises'
import { Agent, request, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import {
  Chunker,
  hashChunk,
  makeDelta,
  openDelta,
  sha256FromHex,
  type ChunkedContent,
  type Sha256,
} from '@cloudsync/storage'
import type { RestCaller } from '../peers/rest-caller.ts'

/** What one edit of a file costs on the wire, one way. */
export interface DeltaTransfer {
  readonly payloadBytes: number
  /** Both ways, with all headers. */
  readonly wireBytes: number
  /** In the client: to make the delta, or to apply it. */
  readonly clientSeconds: number
  /** From the first byte sent to the end of the answer: to make what was sent durable, or to make the delta. */
  readonly serverSeconds: number
}

/** A version of a file that the client has. */
interface LocalVersion extends ChunkedContent, AsyncDisposable {
  readonly sha256: Sha256
}

const pieceBytes = 4 * 1024 * 1024

/** Sends what is new in the file `target`, of a file that the server has as `base`. */
export async function sendDelta(
  caller: RestCaller,
  nodeId: string,
  base: string,
  target: string,
): Promise<DeltaTransfer> {
  const begin = performance.now()
  await using old = await readVersion(base)
  await using fresh = await readVersion(target)
  const delta = Buffer.concat(await Array.fromAsync(makeDelta(old, fresh)))
  const made = performance.now()
  const headers = {
    'content-type': 'application/vnd.cloudsync.delta',
    'content-length': `${delta.byteLength}`,
  }
  const { status, body, wireBytes } = await exchange(caller, 'PATCH', nodeId, headers, delta)
  if (status !== 200) throw new Error(`PATCH: ${status} ${String(body)}`)
  return {
    payloadBytes: delta.byteLength,
    wireBytes,
    clientSeconds: (made - begin) / 1000,
    serverSeconds: (performance.now() - made) / 1000,
  }
}

/** Brings a client that has the file `base` to what the server has now, and checks that it is right. */
export async function receiveDelta(
  caller: RestCaller,
  nodeId: string,
  base: string,
): Promise<DeltaTransfer> {
  await using old = await readVersion(base)
  const begin = performance.now()
  const headers = { 'a-im': 'cloudsync-delta', 'if-none-match': `"${old.sha256}"` }
  const { status, body, wireBytes } = await exchange(caller, 'GET', nodeId, headers)
  if (status !== 226) throw new Error(`GET of a delta: ${status}`)
  const received = performance.now()
  await applyDelta(old, body)
  return {
    payloadBytes: body.byteLength,
    wireBytes,
    clientSeconds: (performance.now() - received) / 1000,
    serverSeconds: (received - begin) / 1000,
  }
}

async function applyDelta(old: LocalVersion, delta: Buffer): Promise<void> {
  async function* source() {
    yield delta
  }
  const opened = await openDelta(source())
  const hash = createHash('sha256')
  const content = opened.apply({
    sizeBytes: old.sizeBytes,
    async *read(start, end) {
      for (let at = start; at < end; at += pieceBytes)
        yield await old.read(at, Math.min(end, at + pieceBytes))
    },
  })
  for await (const bytes of content) hash.update(bytes)
  if (hash.digest('hex') !== opened.header.target) throw new Error('The delta gives other bytes')
}

/** One request on a socket of its own, whose bytes are all of this request. */
async function exchange(
  caller: RestCaller,
  method: string,
  nodeId: string,
  extra: Readonly<Record<string, string>>,
  sent?: Buffer,
): Promise<{ readonly status: number; readonly body: Buffer; readonly wireBytes: number }> {
  const { url, headers } = caller.addressOf(`/nodes/${nodeId}/content`)
  const agent = new Agent({ keepAlive: false })
  const call = request(url, { method, agent, headers: { ...headers, ...extra } })
  const [[socket], [answer]] = await Promise.all([
    once(call, 'socket') as Promise<[Socket]>,
    once(call.end(sent), 'response') as Promise<[IncomingMessage]>,
  ])
  const body = Buffer.concat(await answer.toArray())
  const wireBytes = socket.bytesWritten + socket.bytesRead
  return { status: answer.statusCode ?? 0, body, wireBytes }
}

async function readVersion(path: string): Promise<LocalVersion> {
  const file = await open(path)
  const chunker = new Chunker()
  const whole = createHash('sha256')
  const chunks: { hash: Uint8Array; plainBytes: number }[] = []
  const add = (piece: Uint8Array) =>
    chunks.push({ hash: hashChunk(piece), plainBytes: piece.byteLength })
  const { size: sizeBytes } = await file.stat()
  for (let at = 0; at < sizeBytes; at += pieceBytes) {
    const bytes = await readRange(file, at, Math.min(sizeBytes, at + pieceBytes))
    whole.update(bytes)
    for (const piece of chunker.push(bytes)) add(piece)
  }
  const last = chunker.finish()
  if (last) add(last)
  return {
    sha256: sha256FromHex(whole.digest('hex')),
    sizeBytes,
    chunks,
    read: (start, end) => readRange(file, start, end),
    [Symbol.asyncDispose]: () => file.close(),
  }
}

async function readRange(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(
    Buffer.allocUnsafe(end - start),
    0,
    end - start,
    start,
  )
  if (bytesRead !== end - start) throw new Error('The file has become shorter')
  return buffer
}
