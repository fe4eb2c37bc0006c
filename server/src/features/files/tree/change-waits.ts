import type { SessionId, SpaceId, UserId } from '@cloudsync/protocol'
import type { Access } from '#features/access/index.ts'
import type { Identity } from '#features/identity/index.ts'
import type { SpaceSeqs } from '#features/live/index.ts'
import { ProblemError } from '#platform/problem-error.ts'

export interface ChangeWaitsOptions {
  readonly access: Pick<Access, 'onAccessChanged'>
  readonly sessions: Pick<Identity, 'onSessionEnded' | 'onSessionsVoided'>
  readonly seqs: SpaceSeqs
  readonly onDraining: (listener: () => void) => void
  /** Of one person. Default 20. */
  readonly maxEach?: number
}

/** Whom a request that waits is of. */
export interface WaitingCaller {
  readonly userId: UserId
  readonly sessionId: SessionId
}

/**
 * Requests that wait for a space to change. They hold nothing of the database, and each person has but some of them;
 * whatever may concern one wakes it, and it looks for itself.
 */
export class ChangeWaits {
  readonly #options: ChangeWaitsOptions
  readonly #maxEach: number
  readonly #counts = new Map<UserId, number>()
  readonly #waiting = new Set<ChangeWait>()
  #isOver = false

  constructor(options: ChangeWaitsOptions) {
    this.#options = options
    this.#maxEach = options.maxEach ?? 20
    const { access, sessions, onDraining } = options
    access.onAccessChanged(({ spaceId }) =>
      this.#wake((each) => spaceId === undefined || each.spaceId === spaceId),
    )
    sessions.onSessionEnded(({ sessionId }) =>
      this.#wake(({ caller }) => caller.sessionId === sessionId),
    )
    sessions.onSessionsVoided(() => this.#wake(() => true))
    onDraining(() => {
      this.#isOver = true
      this.#wake(() => true)
    })
  }

  /** Whether the server stops, and nobody is to wait any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * Takes one of a person's places, until it is disposed of. To be called before they look whether there is something:
   * what happens from then on is not missed. Throws `too_many_waiting`.
   */
  enter(caller: WaitingCaller, spaceId: SpaceId): ChangeWait {
    const { userId } = caller
    const count = this.#counts.get(userId) ?? 0
    if (count >= this.#maxEach)
      throw new ProblemError('too_many_waiting', { headers: { 'retry-after': '5' } })
    this.#counts.set(userId, count + 1)
    const waiting: ChangeWait = new ChangeWait(caller, spaceId, this.#options.seqs, () => {
      this.#waiting.delete(waiting)
      const left = (this.#counts.get(userId) ?? 1) - 1
      if (left === 0) this.#counts.delete(userId)
      else this.#counts.set(userId, left)
    })
    this.#waiting.add(waiting)
    return waiting
  }

  #wake(concerns: (waiting: ChangeWait) => boolean): void {
    for (const waiting of this.#waiting) if (concerns(waiting)) waiting.wake()
  }
}

/** One request that waits, from before it looks until it is answered. */
export class ChangeWait implements Disposable {
  readonly caller: WaitingCaller
  readonly spaceId: SpaceId
  readonly #seqs: SpaceSeqs
  readonly #leave: () => void
  #woken = Promise.withResolvers<void>()

  constructor(caller: WaitingCaller, spaceId: SpaceId, seqs: SpaceSeqs, leave: () => void) {
    this.caller = caller
    this.spaceId = spaceId
    this.#seqs = seqs
    this.#leave = leave
  }

  wake(): void {
    this.#woken.resolve()
  }

  /**
   * Resolves when the space has come beyond `after`, when it was woken since the last time, when so long has passed, or
   * when `signal` is aborted.
   */
  async wait(after: number, waitMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const wake = () => this.wake()
    const timer = setTimeout(wake, waitMs)
    using _following = this.#seqs.follow(this.spaceId, (seq) => {
      if (seq > after) wake()
    })
    signal.addEventListener('abort', wake)
    await this.#woken.promise
    clearTimeout(timer)
    signal.removeEventListener('abort', wake)
    this.#woken = Promise.withResolvers<void>()
  }

  [Symbol.dispose](): void {
    this.#leave()
  }
}
