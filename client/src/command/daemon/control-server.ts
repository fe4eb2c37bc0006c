import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { ensurePrivateFolder } from '../settings/private-file.ts'
import {
  controlRequestSchema,
  maxRequestBytes,
  type ControlAnswer,
  type ControlRequest,
} from './control-protocol.ts'
import { linesOf } from './lines-of.ts'

/** Answers one request. `emit` sends what comes before the result; `signal` ends when nobody listens any more. */
export type ControlHandler = (
  request: ControlRequest,
  emit: (event: unknown) => void,
  signal: AbortSignal,
) => Promise<unknown>

/** Whoever opens it has the lock of the link: what still lies at the address was left by a process that is gone. */
export async function openControlServer(
  address: string,
  handle: ControlHandler,
): Promise<AsyncDisposable> {
  const isPipe = address.startsWith('\\\\.\\pipe\\')
  if (!isPipe) {
    await ensurePrivateFolder(dirname(address))
    await rm(address, { force: true })
  }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    void serve(socket, handle)
  })
  server.listen(address)
  await once(server, 'listening')
  if (!isPipe) await chmod(address, 0o600)
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

async function serve(socket: Socket, handle: ControlHandler): Promise<void> {
  const listening = new AbortController()
  socket.on('close', () => listening.abort())
  // A command that is gone is no failure of ours.
  socket.on('error', () => socket.destroy())
  const send = (answer: ControlAnswer) => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`)
  }
  try {
    const request = await readRequest(socket)
    if (!request) return
    send({ kind: 'heard' })
    const result = await handle(
      request,
      (event) => send({ kind: 'event', event }),
      listening.signal,
    )
    send({ kind: 'result', result: result ?? null })
  } catch (error) {
    send({ kind: 'failure', message: error instanceof Error ? error.message : String(error) })
  } finally {
    socket.end()
  }
}

async function readRequest(socket: Socket): Promise<ControlRequest | undefined> {
  let received = 0
  socket.on('data', (data) => {
    received += data.length
    if (received > maxRequestBytes) socket.destroy()
  })
  const lines = linesOf(socket)
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => String(text)),
    once(lines, 'close').then(() => undefined),
  ])
  return line === undefined ? undefined : controlRequestSchema.parse(JSON.parse(line))
}
