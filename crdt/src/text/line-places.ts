import type { TextChange } from './text-change.ts'

/** Where the line of `offset` begins. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
}

/** Behind the first LF from `offset` on, or the end of the text. */
export function nextLineStart(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end + 1
}

/** Numbers of lines, counted from 1, by offset. */
export class LineNumbers {
  readonly #starts: number[] = [0]

  constructor(text: string) {
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1))
      this.#starts.push(end + 1)
  }

  at(offset: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#starts[middle]! <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Whether an insertion makes whole lines and leaves the one where it stands as it was. */
export function isNewLines(base: string, { from, insert }: TextChange): boolean {
  const isAtEnd = from === base.length
  if (lineStart(base, from) === from && (isAtEnd || insert.endsWith('\n'))) return true
  return (isAtEnd || /^\r?\n/.test(base.slice(from, from + 2))) && /^\r?\n/.test(insert)
}
