export interface LiveTimers {
  set(callback: () => void, ms: number): unknown
  clear(timer: unknown): void
}

export const systemTimers: LiveTimers = {
  set: (callback, ms) => setTimeout(callback, ms),
  clear: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout> | undefined),
}
