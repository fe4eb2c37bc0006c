/** So long nothing must come any more before a file is written or read: an open editor is not made to load it anew for each letter. */
export const quietMs = 300
/** … but who types without a pause is seen on the disk too. */
export const longestPauseMs = 2_000

/** When changes came that were not dealt with yet. */
export interface Unrest {
  readonly sinceMs: number
  readonly lastMs: number
}

export function noteChange(unrest: Unrest | undefined, nowMs: number): Unrest {
  return { sinceMs: unrest?.sinceMs ?? nowMs, lastMs: nowMs }
}

/** How long to wait yet; 0: now. A clock that was set back makes nothing wait for longer. */
export function pauseMs({ sinceMs, lastMs }: Unrest, nowMs: number): number {
  const left = Math.min(lastMs + quietMs, sinceMs + longestPauseMs) - nowMs
  return Math.max(0, Math.min(left, quietMs))
}
