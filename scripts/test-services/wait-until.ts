import { setTimeout } from 'node:timers/promises'

const POLL_MS = 200

/** Asks again and again; rejects when the answer is still no after `timeoutMs`. */
export async function waitUntil(
  what: string,
  timeoutMs: number,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > deadline)
      throw new Error(`${what} took longer than ${timeoutMs / 1000} s`)
    await setTimeout(POLL_MS)
  }
}

export async function answersHttp(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer()
    return true
  } catch {
    return false
  }
}
