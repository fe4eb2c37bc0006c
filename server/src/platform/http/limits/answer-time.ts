/** How much one answer counts: some fifty tell how long they take now. */
const weight = 0.02
/** Who reads an answer slowly, or asks for what takes long, tells little of the others. */
const maxSampleMs = 10_000

/** How long answers take, smoothed. */
export class AnswerTime {
  #ms = 0

  get ms(): number {
    return this.#ms
  }

  note(tookMs: number): void {
    this.#ms += weight * (Math.min(tookMs, maxSampleMs) - this.#ms)
  }
}
