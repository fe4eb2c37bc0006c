/** The time, and waiting. A test passes one of its own. */
export interface SdkClock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after so many milliseconds, or when `signal` is aborted. */
  delay(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: SdkClock = {
  now: () => Date.now(),
  delay(ms, signal) {
    if (signal?.aborted === true) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal?.addEventListener('abort', end)
    })
  },
}
