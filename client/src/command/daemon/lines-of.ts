import type { Socket } from 'node:net'
import { createInterface, type Interface } from 'node:readline'

/** The lines that come over a socket; they end with it, however it ends, which readline alone does not see. */
export function linesOf(socket: Socket): Interface {
  const lines = createInterface({ input: socket, crlfDelay: Infinity })
  socket.once('close', () => lines.close())
  return lines
}
