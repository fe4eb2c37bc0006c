import type { SessionId } from '@cloudsync/protocol'
import type { SessionEnd } from './sessions.ts'

/**
 * What servers tell each other of ends of sessions, beside the database that has the truth: a notice at once, and
 * a list of the latest, which spares the database those who go on with tokens that are over. Nothing here
 * rejects: without it all is found out in the database, a little later.
 */
export interface EndedSessions {
  add(end: SessionEnd): Promise<void>
  /** `false` where it is not known. */
  has(sessionId: SessionId): Promise<boolean>
  /** Calls `listener` for what any server has added. */
  onAdded(listener: (end: SessionEnd) => void): void
}

/** For a server without Redis. */
export const noEndedSessions: EndedSessions = {
  add: () => Promise.resolve(),
  has: () => Promise.resolve(false),
  onAdded: () => undefined,
}
