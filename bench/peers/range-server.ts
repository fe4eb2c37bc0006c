import { createServer } from 'node:http'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { findFreePort } from './free-port.ts'

const boundary = 'cloudsync-bench-range'

/** Serves the files of a directory, and ranges of them (RFC 9110, 14), and counts what goes over its sockets. */
export class RangeServer implements AsyncDisposable {
  readonly #sockets = new Set<Socket>()
  readonly #server
  #closedBytes = 0

  private constructor(directory: string) {
    this.#server = createServer((incoming, response) => {
      const name = decodeURIComponent((incoming.url ?? '/').slice(1))
      readRanges(join(directory, name), incoming.headers.range).then(
        ({ status, headers, body }) => response.writeHead(status, headers).end(body),
        () => response.writeHead(404).end(),
      )
    })
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => {
        this.#sockets.delete(socket)
        this.#closedBytes += socket.bytesRead + socket.bytesWritten
      })
    })
  }

  static async open(directory: string): Promise<RangeServer> {
    const server = new RangeServer(directory)
    await once(server.#server.listen(await findFreePort(), '127.0.0.1'), 'listening')
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Both ways, with all headers, so far. */
  get wireBytes(): number {
    const open = [...this.#sockets].reduce(
      (sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten,
      0,
    )
    return this.#closedBytes + open
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

async function readRanges(path: string, header: string | undefined) {
  await using file = await open(path)
  const { size } = await file.stat()
  const read = async (start: number, end: number) =>
    (await file.read(Buffer.alloc(end - start), 0, end - start, start)).buffer
  const ranges = [...(header ?? '').matchAll(/(\d+)-(\d+)/g)].map(([, first, last]) => ({
    start: Number(first),
    end: Math.min(size, Number(last) + 1),
  }))
  const [only] = ranges
  if (!only) return { status: 200, headers: { 'content-length': size }, body: await read(0, size) }
  const contentRange = ({ start, end }: typeof only) => `bytes ${start}-${end - 1}/${size}`
  if (ranges.length === 1) {
    const headers = { 'content-range': contentRange(only), 'content-length': only.end - only.start }
    return { status: 206, headers, body: await read(only.start, only.end) }
  }
  const parts: Buffer[] = []
  for (const range of ranges) {
    parts.push(Buffer.from(`\r\n--${boundary}\r\nContent-Range: ${contentRange(range)}\r\n\r\n`))
    parts.push(await read(range.start, range.end))
  }
  const body = Buffer.concat([...parts, Buffer.from(`\r\n--${boundary}--\r\n`)])
  const headers = {
    'content-type': `multipart/byteranges; boundary=${boundary}`,
    'content-length': body.byteLength,
  }
  return { status: 206, headers, body }
}
