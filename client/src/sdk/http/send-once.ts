import { NetworkError } from '../errors.ts'
import type { SdkClock } from '../sdk-clock.ts'
import type { RequestBody } from './request-body.ts'
import { readProblem } from './read-problem.ts'
import { SilenceLimit } from './silence-limit.ts'

/** `fetch`, or what stands for it. */
export type Fetch = (url: string, init: RequestInit & { duplex?: 'half' }) => Promise<Response>

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Attempt<T> {
  readonly method: Method
  readonly url: string
  readonly headers: Headers
  readonly body: RequestBody | undefined
  readonly signal: AbortSignal | undefined
  /** How long nothing may come or go before it counts as broken off. */
  readonly timeoutMs: number
  /** Statuses besides 2xx that are no failure. */
  readonly expected: readonly number[]
  /** Reads the answer; the time limit holds for this too, from one piece to the next. */
  readonly read: (answer: Response, heard: () => void) => Promise<T>
}

export interface Sender {
  readonly fetch: Fetch
  readonly clock: SdkClock
  readonly onAnswer: (answer: Response) => void
}

/** What slow lines bring at least. */
const minBytesPerMs = 8

/**
 * Sends one request, once. Throws a `CloudSyncError` for an answer that is a failure, a `NetworkError` without one, and
 * what `signal` carries when it is aborted.
 */
export async function sendOnce<T>(sender: Sender, attempt: Attempt<T>): Promise<T> {
  attempt.signal?.throwIfAborted()
  const stop = new AbortController()
  const signal = attempt.signal ? AbortSignal.any([attempt.signal, stop.signal]) : stop.signal
  // Of bytes that are sent as a whole nobody hears how far they are.
  const sendingMs = (attempt.body?.sizeBytes ?? 0) / minBytesPerMs
  const silence = new SilenceLimit(sender.clock, attempt.timeoutMs + sendingMs, () =>
    stop.abort(new NetworkError('timeout', 'The server did not answer in time')),
  )
  try {
    const answer = await fetchAnswer(sender, attempt, { signal, heard: silence.heard })
    silence.heard()
    sender.onAnswer(answer)
    if (!answer.ok && !attempt.expected.includes(answer.status))
      throw await readProblem(answer, sender.clock.now())
    return await attempt.read(answer, silence.heard)
  } catch (error) {
    attempt.signal?.throwIfAborted()
    if (stop.signal.aborted) throw stop.signal.reason
    throw error
  } finally {
    silence.end()
  }
}

async function fetchAnswer(
  { fetch }: Sender,
  { method, url, headers, body }: Attempt<unknown>,
  { signal, heard }: { readonly signal: AbortSignal; readonly heard: () => void },
): Promise<Response> {
  const sent = body?.open(heard)
  try {
    return await fetch(url, {
      method,
      headers,
      signal,
      body: sent ?? null,
      // The credentials of a page are none of ours: a token is sent.
      credentials: 'omit',
      redirect: 'error',
      ...(sent instanceof ReadableStream ? { duplex: 'half' as const } : {}),
    })
  } catch (cause) {
    throw new NetworkError('unreachable', 'The server could not be reached', cause)
  }
}
