import { isWithinWord } from './tokens.ts'

/**
 * Keeps words apart that a merge has put side by side: insertions of both sides, or an insertion of one and
 * a word that the other's deletion has brought next to it. Within one side no change begins or ends inside
 * a word, so what would run together at an end of a stretch has come together by the merge.
 */
export class WordSeams {
  readonly #base: string
  #place = -1
  /** The merged text so far, of which the end is enough. */
  #tail = ''
  /** Whether a line ended among what stood here before. */
  #hadLineEnd = false

  constructor(base: string) {
    this.#base = base
  }

  /**
   * The text `merged` that replaces `[from, to)` of the base, with what parts it from its neighbours. Call
   * it for each stretch in order; `isLast` when base text follows, not another stretch.
   */
  part(from: number, to: number, merged: string, isLast: boolean): string {
    if (from !== this.#place) {
      this.#tail = this.#base.slice(Math.max(0, from - 2), from)
      this.#hadLineEnd = false
    }
    this.#place = to
    this.#hadLineEnd ||= this.#base.slice(from, to).includes('\n')
    const before = merged === '' ? '' : this.#partingFrom(merged)
    this.#tail = (this.#tail + before + merged).slice(-2)
    return before + merged + (isLast ? this.#partingFrom(this.#base.slice(to, to + 2)) : '')
  }

  #partingFrom(next: string): string {
    if (!isWithinWord(this.#tail + next, this.#tail.length)) return ''
    return this.#hadLineEnd ? '\n' : ' '
  }
}
