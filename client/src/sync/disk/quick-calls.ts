/** A call that takes longer has waited for something. */
const slowMs = 2
/** After so much of it others had better go on meanwhile … */
const mostLostMs = 10
/** … but a processor that others want too takes its time now and then: of that, each call that is quick makes up for so much. */
const madeUpMs = 0.1
/** After so long everything else has its turn. */
const turnMs = 8
/** So many calls wait for the disk in the background before it is tried again. */
const backgroundCalls = 200

/**
 * What is in the memory of the machine comes at once, and a turn of the event loop with a hop to another thread takes
 * many times as long. Where the disk, or what stands for it on a network, takes its time, calls go to the background.
 */
export class QuickCalls {
  readonly #nowMs: () => number
  #inBackground = 0
  #lostMs = 0
  #turnSinceMs = -Infinity
  #nextTurn: Promise<void> | undefined

  /** `nowMs`: a clock that is never set. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** Whether the next call is made at once. */
  get isQuick(): boolean {
    return this.#inBackground === 0
  }

  /** Both do the same, the second one without keeping others waiting. */
  run<T>(atOnce: () => T, inBackground: () => Promise<T>): T | Promise<T> {
    if (!this.isQuick) {
      this.#inBackground--
      return inBackground()
    }
    const startedAtMs = this.#nowMs()
    if (startedAtMs - this.#turnSinceMs > turnMs)
      return this.#wait().then(() => this.#runAtOnce(atOnce))
    return this.#runAtOnce(atOnce)
  }

  #runAtOnce<T>(atOnce: () => T): T {
    const startedAtMs = this.#nowMs()
    try {
      return atOnce()
    } finally {
      this.#note(this.#nowMs() - startedAtMs)
    }
  }

  #note(tookMs: number): void {
    this.#lostMs = tookMs > slowMs ? this.#lostMs + tookMs : Math.max(0, this.#lostMs - madeUpMs)
    if (this.#lostMs <= mostLostMs) return
    this.#lostMs = 0
    this.#inBackground = backgroundCalls
  }

  /** Until the event loop has been round. */
  #wait(): Promise<void> {
    this.#nextTurn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#nextTurn = undefined
        this.#turnSinceMs = this.#nowMs()
        resolve()
      })
    })
    return this.#nextTurn
  }
}
