import { connect, type Socket } from 'node:net'

export interface HttpLoad {
  /** Such as `http://127.0.0.1:8080/hello`. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly connections: number
  readonly durationMs: number
}

export interface HttpLoadResult {
  readonly requestsPerSecond: number
  /** Milliseconds, of each request, in no order. */
  readonly latencies: readonly number[]
}

/**
 * Asks the same again and again, over each connection as soon as the last answer is there. By sockets alone: a
 * client of HTTP costs more than the servers that are measured. Throws for any answer but 200.
 */
export async function loadHttp({
  url,
  headers = {},
  connections,
  durationMs,
}: HttpLoad): Promise<HttpLoadResult> {
  const { hostname, port, pathname } = new URL(url)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const request = Buffer.from(
    `GET ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\n${lines.join('')}\r\n`,
  )
  const latencies: number[] = []
  const began = performance.now()
  const until = began + durationMs
  await Promise.all(
    Array.from({ length: connections }, () =>
      repeat(connect(Number(port), hostname), request, { until, latencies }),
    ),
  )
  const seconds = (performance.now() - began) / 1000
  return { requestsPerSecond: latencies.length / seconds, latencies }
}

function repeat(
  socket: Socket,
  request: Buffer,
  { until, latencies }: { readonly until: number; readonly latencies: number[] },
): Promise<void> {
  socket.setNoDelay(true)
  return new Promise((resolve, reject) => {
    let sentAt = 0
    let received = ''
    const send = () => {
      received = ''
      sentAt = performance.now()
      socket.write(request)
    }
    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (!isWhole(received)) return
      if (!received.startsWith('HTTP/1.1 200')) {
        socket.destroy()
        reject(new Error(`It answered ${received.slice(0, 300)}`))
        return
      }
      const now = performance.now()
      latencies.push(now - sentAt)
      if (now < until) send()
      else socket.destroy()
    })
  })
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return false
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0)
  return text.length >= head + 4 + length
}
