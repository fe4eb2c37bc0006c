const firstMs = 500
const maxMs = 30_000

/**
 * How long to wait before attempt `attempt` (from 0). Exponential, with half of it random, so that a
 * server that comes back is not met by everybody at once. `random` is in [0, 1).
 */
export function reconnectDelayMs(attempt: number, random: number, minimumMs = 0): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 16))
  return Math.max(minimumMs, Math.round(ceiling / 2 + (ceiling / 2) * random))
}
