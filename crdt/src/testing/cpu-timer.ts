/**
 * Begins to count the CPU that this thread uses; what it gives tells how much by now, in milliseconds. What
 * else the machine does counts little, so a bound of some seconds tells a hostile input that costs its square.
 */
export function startCpuTimer(): () => number {
  const before = process.threadCpuUsage()
  return () => {
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1_000
  }
}
