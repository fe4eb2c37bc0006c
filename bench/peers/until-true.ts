import { setTimeout as pause } from 'node:timers/promises'

const patienceMs = 600_000

/** Asks again until it is so; resolves to when that was. Throws after ten minutes. */
export async function untilTrue(
  what: string,
  isSo: () => Promise<boolean>,
  everyMs = 20,
): Promise<number> {
  const until = performance.now() + patienceMs
  while (!(await isSo())) {
    if (performance.now() > until) throw new Error(`It took too long until ${what}`)
    await pause(everyMs)
  }
  return performance.now()
}
