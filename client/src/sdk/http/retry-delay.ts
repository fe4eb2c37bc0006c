import { CloudSyncError, NetworkError } from '../errors.ts'

const firstMs = 250
const maxMs = 20_000
/** Whoever is asked to wait longer than this is told so instead. */
const maxPatienceMs = 60_000

/**
 * - `freely`: asking twice does it once, or does no harm;
 * - `unless_done`: only when it is certain that nothing was done.
 */
export type Repetition = 'freely' | 'unless_done'

/** Statuses that pass; other failures do not go away by themselves in seconds. */
const passing: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])
/** The server says so before it begins with a request. */
const neverBegun: ReadonlySet<string> = new Set(['rate_limited', 'overloaded'])

/**
 * How long to wait before asking again after failure number `failures` (from 1), or `undefined` when asking again
 * cannot help or might do something twice. Exponential, half of it random (`random` is in [0, 1)), and never less than
 * the server asks for.
 */
export function retryDelayMs(
  error: unknown,
  { repetition, failures, random }: { repetition: Repetition; failures: number; random: number },
): number | undefined {
  if (!isWorthRepeating(error, repetition)) return undefined
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 16))
  const backOffMs = Math.round(ceiling / 2 + (ceiling / 2) * random)
  const askedMs = error instanceof CloudSyncError ? (error.retryAfterMs ?? 0) : 0
  return askedMs > maxPatienceMs ? undefined : Math.max(backOffMs, askedMs)
}

function isWorthRepeating(error: unknown, repetition: Repetition): boolean {
  if (error instanceof NetworkError) return repetition === 'freely'
  if (!(error instanceof CloudSyncError) || !error.retryable) return false
  if (!passing.has(error.status) || error.code === 'too_many_uploads') return false
  return repetition === 'freely' || neverBegun.has(error.code)
}
