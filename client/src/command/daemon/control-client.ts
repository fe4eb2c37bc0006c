import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-codes.ts'
import { controlAnswerSchema, type ControlAnswer } from './control-protocol.ts'
import { linesOf } from './lines-of.ts'

export type ControlReply = { readonly kind: 'done'; readonly result: unknown } | 'not-running'

/** A process that plans for very many files hears nothing meanwhile, for some seconds. */
const heardWithinMs = 20_000

export interface AskOptions {
  readonly signal: AbortSignal
  /** Infinity: however long it takes. */
  readonly heardWithinMs?: number
}

/**
 * Asks the process of a link, where there is one. Throws `CommandError` when it could not do what was asked, or does not
 * even hear it, and an `AbortError` once `signal` ends.
 */
export async function askDaemon(
  address: string,
  method: string,
  params: unknown,
  options: AskOptions,
): Promise<ControlReply> {
  for await (const message of talk(address, method, params, options)) {
    if (message === 'not-running') return message
    if (message.kind === 'result') return { kind: 'done', result: message.result }
  }
  options.signal.throwIfAborted()
  throw new CommandError('The sync process ended before it answered; see: cloudsync status')
}

/** What the process tells until it ends or `signal` does; nothing where there is none. */
export async function* watchDaemon(
  address: string,
  method: string,
  signal: AbortSignal,
): AsyncGenerator {
  for await (const message of talk(address, method, undefined, {
    signal,
    heardWithinMs: Infinity,
  })) {
    if (message === 'not-running' || message.kind === 'result') return
    yield message.event
  }
}

type Message = 'not-running' | Extract<ControlAnswer, { kind: 'result' | 'event' }>

async function* talk(
  address: string,
  method: string,
  params: unknown,
  { signal, heardWithinMs: limit = heardWithinMs }: AskOptions,
): AsyncGenerator<Message> {
  const socket = await connect(address)
  if (!socket) {
    yield 'not-running'
    return
  }
  const end = () => socket.destroy()
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  let isUnheard = false
  const giveUp = () => {
    isUnheard = true
    end()
  }
  const waiting = limit === Infinity ? undefined : setTimeout(giveUp, limit)
  try {
    socket.write(`${JSON.stringify({ method, params })}\n`)
    for await (const line of linesOf(socket)) {
      clearTimeout(waiting)
      const answer = controlAnswerSchema.parse(JSON.parse(line))
      if (answer.kind === 'failure') throw new CommandError(answer.message)
      if (answer.kind !== 'heard') yield answer
    }
  } catch (error) {
    // However the connection ends: what is missing then is said by who waits for it.
    if (!(error instanceof Error && 'syscall' in error)) throw error
  } finally {
    clearTimeout(waiting)
    signal.removeEventListener('abort', end)
    socket.destroy()
  }
  if (isUnheard) throw new NotHeardError()
}

/** There is a process, and it hears nothing. */
export class NotHeardError extends CommandError {
  constructor() {
    super(
      'A sync process has this folder and does not answer, as if it were suspended; let it go on, which does what was asked, or stop it and start it again',
      exitCodes.alreadyRunning,
    )
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
  socket.on('error', () => socket.destroy())
  return socket
}
