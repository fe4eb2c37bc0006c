type Step = () => void | Promise<void>

export interface FrameQueueOptions {
  /** Hears of each step that fails; those behind it go on. Must not throw. */
  readonly onError: (error: unknown) => void
  /** Told when so much waits that no more should come, and when no longer. */
  readonly onBehind: (isBehind: boolean) => void
}

interface WaitingStep {
  readonly step: Step
  readonly bytes: number
}

/** More than a client that types sends while one frame waits for the database. */
const maxWaitingBytes = 1024 * 1024

/**
 * Handles frames one after the other: at once as long as nothing is under way, and behind the one that
 * waits for something else.
 */
export class FrameQueue {
  readonly #options: FrameQueueOptions
  #waiting: WaitingStep[] = []
  #waitingBytes = 0
  #isBusy = false
  #isBehind = false

  constructor(options: FrameQueueOptions) {
    this.#options = options
  }

  /** `bytes`: what the step holds in memory until it is done. */
  run(step: Step, bytes = 0): void {
    if (this.#isBusy) {
      this.#waiting.push({ step, bytes })
      this.#count(bytes)
      return
    }
    const outcome = this.#attempt(step)
    if (outcome) void this.#runOn(outcome)
  }

  async #runOn(first: Promise<void>): Promise<void> {
    this.#isBusy = true
    await first
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      await this.#attempt(next.step)
      this.#count(-next.bytes)
    }
    this.#isBusy = false
  }

  #count(bytes: number): void {
    this.#waitingBytes += bytes
    const isBehind = this.#waitingBytes > maxWaitingBytes
    if (isBehind === this.#isBehind) return
    this.#isBehind = isBehind
    this.#options.onBehind(isBehind)
  }

  #attempt(step: Step): Promise<void> | undefined {
    try {
      return step()?.catch(this.#options.onError)
    } catch (error) {
      this.#options.onError(error)
      return undefined
    }
  }
}
