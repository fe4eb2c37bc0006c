import type { Logger } from 'pino'
import type { Compactor } from './compactor.ts'
import type { LiveRooms } from './live-rooms.ts'
import type { LiveServer } from './live-server.ts'
import type { Quarantine } from './quarantine.ts'

const heartbeatMs = 15_000
const housekeepingMs = 5_000
const accessReviewMs = 60_000
const expiryMs = 3_600_000
/** A server that is started anew more often than that sheds too. */
const firstExpiryMs = 120_000

interface Housekeeping {
  readonly server: LiveServer
  readonly rooms: LiveRooms
  readonly compactor: Compactor
  readonly quarantine: Quarantine
  readonly log: Logger
}

/** What is done from time to time. Gives what ends it. */
export function startHousekeeping(parts: Housekeeping): () => void {
  const { server, rooms, compactor, quarantine, log } = parts
  const shedOld = (what: string, shed: Promise<void>) =>
    shed.catch((error: unknown) => log.warn({ err: error }, `${what} could not be shed`))
  const shedAll = () => {
    void shedOld('history', compactor.expireHistory())
    void shedOld('quarantine', quarantine.shed())
  }
  const timers = [
    setInterval(() => server.heartbeat(), heartbeatMs),
    setInterval(() => rooms.budget.collect(), housekeepingMs),
    setInterval(() => void server.reviewAccess(), accessReviewMs),
    setTimeout(shedAll, firstExpiryMs),
    setInterval(shedAll, expiryMs),
  ]
  for (const timer of timers) timer.unref()
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}
