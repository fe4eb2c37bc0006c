/** Waits until the lock at this path is ours; `onWait` is told once who has it. Returns its release. */
export function acquireLock(path: string, onWait?: (pid: number) => void): Promise<() => void>
