import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { CommandError } from '../command-error.ts'
import { controlAnswerSchema } from './control-protocol.ts'
import { linesOf } from './lines-of.ts'

export type ControlReply = { readonly kind: 'done'; readonly result: unknown } | 'not-running'

/** Asks the process of a link, where there is one. Throws `CommandError` when it could not do what was asked. */
export async function askDaemon(
  address: string,
  method: string,
  params?: unknown,
): Promise<ControlReply> {
  for await (const message of talk(address, method, params)) {
    if (message === 'not-running') return message
    if (message.kind === 'result') return { kind: 'done', result: message.result }
  }
  throw new CommandError('The sync process ended before it answered; see: cloudsync status')
}

/** What the process tells until it ends or `signal` does; nothing where there is none. */
export async function* watchDaemon(
  address: string,
  method: string,
  signal: AbortSignal,
): AsyncGenerator {
  for await (const message of talk(address, method, undefined, signal)) {
    if (message === 'not-running' || message.kind === 'result') return
    yield message.event
  }
}

type Message =
  | 'not-running'
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'event'; readonly event: unknown }

async function* talk(
  address: string,
  method: string,
  params: unknown,
  signal?: AbortSignal,
): AsyncGenerator<Message> {
  const socket = await connect(address)
  if (!socket) {
    yield 'not-running'
    return
  }
  const end = () => socket.destroy()
  signal?.addEventListener('abort', end)
  try {
    socket.write(`${JSON.stringify({ method, params })}\n`)
    for await (const line of linesOf(socket)) {
      const answer = controlAnswerSchema.parse(JSON.parse(line))
      if (answer.kind === 'failure') throw new CommandError(answer.message)
      yield answer.kind === 'result'
        ? { kind: 'result', result: answer.result }
        : { kind: 'event', event: answer.event }
    }
  } finally {
    signal?.removeEventListener('abort', end)
    socket.destroy()
  }
}

async function connect(address: string): Promise<Socket | undefined> {
  const socket = createConnection(address)
  try {
    await once(socket, 'connect')
  } catch (error) {
    socket.destroy()
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    // ECONNREFUSED: left by a process that was killed.
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined
    throw error
  }
  // Read errors end the lines; what is missing then is said by who waits for it.
  socket.on('error', () => socket.destroy())
  return socket
}
