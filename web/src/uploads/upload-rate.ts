/** How many bytes had been sent at a time. */
export interface RateSample {
  readonly atMs: number
  readonly bytes: number
}

const windowMs = 6_000
const leastMs = 800

/** Keeps what is recent. A total that shrank, because files were taken off, begins anew. */
export function addSample(
  samples: readonly RateSample[],
  sample: RateSample,
): readonly RateSample[] {
  const last = samples.at(-1)
  if (last && sample.bytes < last.bytes) return [sample]
  return [...samples.filter(({ atMs }) => sample.atMs - atMs <= windowMs), sample]
}

/** Bytes per second over the last seconds; `undefined` until it can be told. */
export function rateOf(samples: readonly RateSample[]): number | undefined {
  const [first] = samples
  const last = samples.at(-1)
  if (!first || !last || last.atMs - first.atMs < leastMs) return undefined
  return ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs)
}

/** `12 s left`, `3 min left`; `undefined` while nothing moves. */
export function describeTimeLeft(
  leftBytes: number,
  bytesPerSecond: number | undefined,
): string | undefined {
  if (bytesPerSecond === undefined || bytesPerSecond <= 0) return undefined
  const seconds = Math.max(1, Math.round(leftBytes / bytesPerSecond))
  if (seconds < 60) return `${seconds} s left`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min left`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min left`
}
