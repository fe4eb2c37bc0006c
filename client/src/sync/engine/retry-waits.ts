const firstWaitMs = 500
const longestWaitMs = 60_000

/** How long to wait after so many failures before this one: twice as long each time, and not all clients at once. */
export function waitAfter(
  failures: number,
  random: () => number,
  longestMs = longestWaitMs,
): number {
  const waitMs = Math.min(firstWaitMs * 2 ** Math.min(failures, 20), longestMs)
  return waitMs * (0.5 + random() / 2)
}
