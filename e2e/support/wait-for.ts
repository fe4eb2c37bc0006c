import { setTimeout as delay } from 'node:timers/promises'

/** Resolves when `condition` holds; throws with `what`, asked for at the end, when it does not in time. */
export async function waitFor(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`Waited ${timeoutMs} ms in vain: ${typeof what === 'string' ? what : what()}`)
    await delay(15)
  }
}
