/** Runs `task` while no other tab of this origin runs one under the same name. */
export type ExclusiveLock = <T>(name: string, task: () => Promise<T>) => Promise<T>

const leaseMs = 15_000
const pollMs = 60

export interface LeaseStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export interface LeaseClock {
  now(): number
  wait(ms: number): Promise<void>
}

/**
 * Web Locks exist only in secure contexts, and many installations are plain `http://` in a home
 * network. A lease in `localStorage` takes their place there: written, left alone for one poll, and
 * held when it is still ours. A tab that dies leaves its lease to run out.
 */
export function createLeaseLock(
  storage: LeaseStorage,
  clock: LeaseClock,
  ownId: string,
): ExclusiveLock {
  return async (name, task) => {
    const key = `cloudsync.lease.${name}`
    for (;;) {
      if (!isHeld(storage.getItem(key), clock.now())) {
        storage.setItem(key, `${ownId} ${clock.now() + leaseMs}`)
        await clock.wait(pollMs)
        if (storage.getItem(key)?.startsWith(`${ownId} `)) break
      }
      await clock.wait(pollMs)
    }
    try {
      return await task()
    } finally {
      storage.removeItem(key)
    }
  }
}

function isHeld(lease: string | null, now: number): boolean {
  const until = Number(lease?.split(' ')[1])
  return until > now
}

/** The lock of this browser. */
export function createBrowserLock(): ExclusiveLock {
  // Absent on plain http, whatever the type says.
  const locks = navigator.locks as LockManager | undefined
  if (locks) return async (name, task) => locks.request(`cloudsync.${name}`, task)
  const clock = {
    now: () => Date.now(),
    wait: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  }
  return createLeaseLock(localStorage, clock, String(Math.random()).slice(2))
}
