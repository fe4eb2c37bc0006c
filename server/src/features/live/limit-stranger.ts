import type { Duplex } from 'node:stream'
import { closeCodes } from '@cloudsync/protocol'
import type { LiveSocket } from './live-socket.ts'

/**
 * Closes the socket of who sends more than `maxBytes` without a good token. It is counted as it comes from the
 * network: a frame is held until it is whole, and may be large.
 */
export function limitStranger(
  stream: Duplex,
  socket: Pick<LiveSocket, 'isKnown' | 'isStranger' | 'close'>,
  maxBytes: number,
): void {
  let bytes = 0
  const count = (chunk: Buffer) => {
    if (socket.isKnown) {
      stream.off('data', count)
      return
    }
    if (!socket.isStranger) return
    bytes += chunk.length
    if (bytes > maxBytes) socket.close(closeCodes.rateLimited)
    // Who is told to stop and goes on is not read until the closing handshake is over.
    if (bytes > 2 * maxBytes) stream.destroy()
  }
  stream.on('data', count)
}
