import type { Change, Changes } from '@cloudsync/protocol'
import { ApiError } from '../api/api-error.ts'

export interface ChangeFollowerOptions {
  /** Up to which change the space is known. */
  readonly cursor: number
  readonly fetchChanges: (cursor: number) => Promise<Changes>
  readonly apply: (changes: readonly Change[]) => void
  /** The feed does not reach back to the cursor: everything must be read anew. Gives the new cursor. */
  readonly startOver: () => Promise<number>
}

/**
 * Follows the change feed of a space from where its listings began. Whoever believes that something
 * has changed calls `poke`; calls while one is under way lead to one more round.
 */
export class ChangeFollower {
  readonly #options: ChangeFollowerOptions
  #cursor: number
  #running: Promise<void> | undefined
  #isPokedAgain = false

  constructor(options: ChangeFollowerOptions) {
    this.#options = options
    this.#cursor = options.cursor
  }

  get cursor(): number {
    return this.#cursor
  }

  /** Resolves when all was applied that the server had at the time of the call, or it was out of reach. */
  poke(): Promise<void> {
    if (this.#running) {
      this.#isPokedAgain = true
      return this.#running
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** The server says that the space stands at `seq`. */
  nudge(seq: number): void {
    if (seq > this.#cursor) void this.poke()
  }

  async #run(): Promise<void> {
    do {
      this.#isPokedAgain = false
      try {
        await this.#catchUp()
      } catch (error) {
        if (error instanceof ApiError && error.status === 410) {
          this.#cursor = await this.#options.startOver().catch(() => this.#cursor)
        } else if (!(error instanceof ApiError)) throw error
        // Out of reach: the next poke will do.
      }
    } while (this.#isPokedAgain)
  }

  async #catchUp(): Promise<void> {
    for (;;) {
      const page = await this.#options.fetchChanges(this.#cursor)
      this.#options.apply(page.items)
      this.#cursor = Math.max(this.#cursor, Number(page.nextCursor))
      if (!page.hasMore) return
    }
  }
}
