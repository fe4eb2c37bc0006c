import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { makeProblem, problemMediaType, type ErrorCode } from '@cloudsync/protocol'

/**
 * Answers a request for another protocol as any other that is refused, and ends the connection: the server has
 * handed it over and watches it no more, so a client that does not close its side would hold it for ever.
 */
export function refuseUpgrade(
  socket: Duplex,
  code: ErrorCode,
  headers: Readonly<Record<string, string>> = {},
): void {
  const problem = makeProblem(code)
  const body = JSON.stringify(problem)
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      'connection: close',
      ...fields,
      `content-type: ${problemMediaType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}
