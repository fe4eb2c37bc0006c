type Step = () => void | Promise<void>

/**
 * Handles frames one after the other: at once as long as nothing is under way, and behind the one that
 * waits for something else.
 */
export class FrameQueue {
  readonly #onError: (error: unknown) => void
  #waiting: Step[] = []
  #isBusy = false

  /** `onError` hears of each step that fails; those behind it go on. It must not throw. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  run(step: Step): void {
    if (this.#isBusy) {
      this.#waiting.push(step)
      return
    }
    const outcome = this.#attempt(step)
    if (outcome) void this.#runOn(outcome)
  }

  async #runOn(first: Promise<void>): Promise<void> {
    this.#isBusy = true
    await first
    for (let step = this.#waiting.shift(); step; step = this.#waiting.shift())
      await this.#attempt(step)
    this.#isBusy = false
  }

  #attempt(step: Step): Promise<void> | undefined {
    try {
      return step()?.catch(this.#onError)
    } catch (error) {
      this.#onError(error)
      return undefined
    }
  }
}
