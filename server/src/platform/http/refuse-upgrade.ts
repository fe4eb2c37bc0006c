import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { makeProblem, problemMediaType, type ErrorCode } from '@cloudsync/protocol'

/** Answers a request for another protocol as any other that is refused. */
export function refuseUpgrade(socket: Duplex, code: ErrorCode): void {
  const problem = makeProblem(code)
  const body = JSON.stringify(problem)
  socket.on('error', () => socket.destroy())
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      'connection: close',
      `content-type: ${problemMediaType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}
