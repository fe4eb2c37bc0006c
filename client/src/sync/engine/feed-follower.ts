import type { Clock, Remote } from '../ports.ts'
import type { SyncStore } from '../store/sync-store.ts'
import { recordPage, recordSnapshot } from './observe-remote.ts'
import { RemoteError } from '../model/failures.ts'
import { waitAfter } from './retry-waits.ts'

export interface FeedFollowerOptions {
  readonly store: SyncStore
  readonly remote: Remote
  readonly clock: Clock
  readonly random: () => number
  readonly longPollMs: number
  /** Something new is known, or the server is there, or it is not. */
  readonly onNews: () => void
}

/** Keeps the remote tree as the server has it. */
export class FeedFollower {
  readonly #options: FeedFollowerOptions
  /** Counts what changed the tree, but for what was sent from here. */
  changes = 0
  /** All up to some moment is in the tree, so that what is not there was not on the server then. */
  isCurrent = false
  /** Why the server is not there; `undefined` when it is. */
  failure: RemoteError | undefined
  #failures = 0
  #asking = new AbortController()

  constructor(options: FeedFollowerOptions) {
    this.#options = options
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, onNews } = this.#options
    while (!signal.aborted)
      try {
        await this.#follow(signal)
        this.failure = undefined
        this.#failures = 0
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof RemoteError)) throw error
        this.failure = error
        this.isCurrent = false
        onNews()
        const ms = error.retryAfterMs ?? waitAfter(this.#failures++, random)
        await clock.delay(ms, signal)
      }
  }

  /** All that is on the server by now has to be known; what is answered to a question of before may be older. */
  askAnew(): void {
    this.isCurrent = false
    this.#asking.abort()
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { store, remote, longPollMs, onNews } = this.#options
    if (store.cursor === undefined) {
      this.isCurrent = false
      if (await recordSnapshot(store, remote)) this.changes++
    }
    const { cursor } = store
    if (cursor === undefined) return
    const wasCurrent = this.isCurrent
    const asking = new AbortController()
    this.#asking = asking
    // Not by `AbortSignal.any`: a signal that lives for weeks keeps a little of each that was made of it.
    const stop = (): void => asking.abort(signal.reason)
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    const page = await remote
      .changes(cursor, wasCurrent ? longPollMs : 0, asking.signal)
      .catch((error: unknown) => {
        if (error instanceof RemoteError || signal.aborted || !asking.signal.aborted) throw error
        return undefined
      })
      .finally(() => signal.removeEventListener('abort', stop))
    if (page === undefined) return
    if (page === 'expired') {
      this.isCurrent = false
      store.transaction((writer) => writer.setCursor(undefined))
      return
    }
    const told = recordPage(store, page)
    if (told === 'news') this.changes++
    this.isCurrent = !page.hasMore && !asking.signal.aborted
    if (told !== 'nothing' || this.isCurrent !== wasCurrent || this.failure) onNews()
  }
}
