/**
 * Which rows of a log are in memory: all up to `seq`, and some beyond it. Rows of other servers come in
 * any order, and our own get their numbers when they are committed.
 */
export class LogCursor {
  #seq: number
  readonly #beyond = new Set<number>()

  constructor(seq: number) {
    this.#seq = seq
  }

  get seq(): number {
    return this.#seq
  }

  /** Whether a row is missing before one that is here. */
  get hasGap(): boolean {
    return this.#beyond.size > 0
  }

  has(seq: number): boolean {
    return seq <= this.#seq || this.#beyond.has(seq)
  }

  add(seq: number): void {
    if (this.has(seq)) return
    this.#beyond.add(seq)
    while (this.#beyond.delete(this.#seq + 1)) this.#seq += 1
  }

  /** Everything up to `seq` is here. */
  advanceTo(seq: number): void {
    if (seq > this.#seq) this.#seq = seq
    for (const one of this.#beyond) if (one <= this.#seq) this.#beyond.delete(one)
    while (this.#beyond.delete(this.#seq + 1)) this.#seq += 1
  }
}
