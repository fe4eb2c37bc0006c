/** Part of a text in pieces: piece `i` is `[starts[i], starts[i + 1])`, and `ids` tells equal pieces. */
export interface Tokens {
  /** One more than there are pieces: the last is the end. */
  readonly starts: Int32Array
  readonly ids: Int32Array
}

/** The lines of `text[from, to)`, each with its LF; the last may have none. Gives where each starts, and `to`. */
export function lineStarts(text: string, from: number, to: number): Int32Array {
  const starts: number[] = []
  for (let start = from; start < to;) {
    starts.push(start)
    const end = text.indexOf('\n', start)
    start = end < 0 ? to : Math.min(to, end + 1)
  }
  starts.push(to)
  return Int32Array.from(starts)
}

/**
 * The words of `text[from, to)`. A word is a run of letters, digits, marks and underscores; but a character
 * of a script that is written without spaces stands alone, as all other characters do. Spaces and tabs in
 * a row are one piece. Gives where each starts, and `to`.
 */
export function wordStarts(text: string, from: number, to: number): Int32Array {
  const starts: number[] = []
  let last: PieceKind = 'single'
  for (let index = from; index < to;) {
    const code = text.codePointAt(index) ?? 0
    const kind = kindOf(code)
    if (kind === 'single' || kind !== last) starts.push(index)
    last = kind
    index += code > 0xffff ? 2 : 1
  }
  starts.push(to)
  return Int32Array.from(starts)
}

/** Whether the characters on both sides of `index` belong to one word. */
export function isWithinWord(text: string, index: number): boolean {
  if (index <= 0 || index >= text.length) return false
  const before = text.slice(Math.max(0, index - 2), index)
  const last = Array.from(before).at(-1)?.codePointAt(0) ?? 0
  return kindOf(last) === 'word' && kindOf(text.codePointAt(index) ?? 0) === 'word'
}

type PieceKind = 'word' | 'space' | 'single'

const wordCharacter =
  /[[\p{L}\p{N}\p{M}_]--[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]]/v

const asciiKinds: readonly PieceKind[] = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  return /\w/.test(character) ? 'word' : /[ \t]/.test(character) ? 'space' : 'single'
})

function kindOf(code: number): PieceKind {
  return asciiKinds[code] ?? (wordCharacter.test(String.fromCodePoint(code)) ? 'word' : 'single')
}

/**
 * Numbers pieces of texts from 0 on, so that equal pieces, and only these, have equal numbers. Texts that
 * are compared with each other share one. A hash table over the texts themselves: cutting millions of
 * small strings would take most of the time of a comparison.
 */
export class TokenNumbering {
  readonly #isSpaceIgnored: boolean
  readonly #texts: string[] = []
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #hashes: number[] = []
  /** Open addressing: a number of a piece + 1, or 0. */
  #slots = new Int32Array(64)

  constructor(options: { readonly isSpaceIgnored: boolean }) {
    this.#isSpaceIgnored = options.isSpaceIgnored
  }

  /** Numbers the pieces of a text that begin at `starts`, of which the last is the end. */
  number(text: string, starts: Int32Array): Tokens {
    const ids = new Int32Array(starts.length - 1)
    for (let index = 0; index < ids.length; index += 1)
      ids[index] = this.#idOf(text, starts[index] ?? 0, starts[index + 1] ?? 0)
    return { starts, ids }
  }

  #idOf(text: string, start: number, end: number): number {
    const hash = this.#hash(text, start, end)
    for (let probe = hash; ; probe += 1) {
      const slot = probe & (this.#slots.length - 1)
      const id = (this.#slots[slot] ?? 0) - 1
      if (id < 0) return this.#add(slot, hash, text, start, end)
      if (this.#hashes[id] === hash && this.#isSame(id, text, start, end)) return id
    }
  }

  #add(slot: number, hash: number, text: string, start: number, end: number): number {
    const id = this.#texts.push(text) - 1
    this.#starts.push(start)
    this.#ends.push(end)
    this.#hashes.push(hash)
    this.#slots[slot] = id + 1
    if (id * 2 > this.#slots.length) this.#grow()
    return id
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 4)
    for (const [id, hash] of this.#hashes.entries()) {
      let slot = hash & (slots.length - 1)
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = id + 1
    }
    this.#slots = slots
  }

  /** FNV-1a over UTF-16 units, mixed so that its low bits are good too; 31 bits. */
  #hash(text: string, start: number, end: number): number {
    let hash = 0x811c9dc5
    for (let index = start; index < end; index += 1) {
      const code = text.charCodeAt(index)
      if (this.#isSpaceIgnored && isSpace(code)) continue
      hash = Math.imul(hash ^ code, 0x01000193)
    }
    return (hash ^ (hash >>> 15)) & 0x7fffffff
  }

  #isSame(id: number, text: string, start: number, end: number): boolean {
    const other = this.#texts[id] ?? ''
    const otherEnd = this.#ends[id] ?? 0
    let otherIndex = this.#starts[id] ?? 0
    if (!this.#isSpaceIgnored && otherEnd - otherIndex !== end - start) return false
    let index = start
    for (;;) {
      if (this.#isSpaceIgnored) {
        while (index < end && isSpace(text.charCodeAt(index))) index += 1
        while (otherIndex < otherEnd && isSpace(other.charCodeAt(otherIndex))) otherIndex += 1
      }
      if (index >= end || otherIndex >= otherEnd) return index >= end && otherIndex >= otherEnd
      if (text.charCodeAt(index) !== other.charCodeAt(otherIndex)) return false
      index += 1
      otherIndex += 1
    }
  }
}

/** The white space that formatters change. */
function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}
