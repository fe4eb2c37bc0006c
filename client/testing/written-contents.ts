import { createHash } from 'node:crypto'

/** `<user-n>` in angle brackets; no two are alike. */
const words = /<[a-z]+\d*-\d+>/g

type Fate =
  | 'wanted'
  /** Somebody who had seen it has replaced or deleted it. */
  | 'taken'
  /** Its program wrote it into a file that was replaced in that very moment. */
  | 'uncertain'

/** What the server has when all has come to rest. */
export interface ServerContents {
  /** SHA-256 of what files hold, and of all that they held before. */
  readonly kept: ReadonlySet<string>
  /** Of the texts that are there, by their paths. */
  readonly texts: ReadonlyMap<string, string>
}

/**
 * All that was ever written, and what of it somebody who had seen it took away: what is missing in the end is lost. A
 * text is made of words, each of which has to be there exactly once; any other file is one value.
 */
export class WrittenContents {
  readonly #files = new Map<string, Fate>()
  readonly #words = new Map<string, Fate>()
  #count = 0

  get counts(): { readonly files: number; readonly words: number; readonly uncertain: number } {
    const uncertain = [...this.#words.values()].filter((fate) => fate === 'uncertain').length
    return { files: this.#files.size, words: this.#words.size, uncertain }
  }

  newWord(user: string): string {
    const word = `<${user}-${++this.#count}>`
    this.#words.set(word, 'wanted')
    return word
  }

  /** It never came to lie anywhere. */
  neverWritten(word: string): void {
    this.#words.delete(word)
  }

  uncertain(word: string): void {
    this.#words.set(word, 'uncertain')
  }

  /** What is no text. */
  wroteFile(bytes: Uint8Array): void {
    const sha256 = sha256Of(bytes)
    if (!this.#files.has(sha256)) this.#files.set(sha256, 'wanted')
  }

  /** A file, of whatever kind, was replaced or deleted by somebody who saw these bytes in it. */
  takeAway(bytes: Uint8Array, isText: boolean): void {
    if (!isText) {
      const sha256 = sha256Of(bytes)
      if (this.#files.has(sha256)) this.#files.set(sha256, 'taken')
      return
    }
    for (const [word] of Buffer.from(bytes).toString().matchAll(words))
      this.#words.set(word, 'taken')
  }

  /** All that is not as it should be. */
  findFaults({ kept, texts }: ServerContents): string[] {
    const faults = [...this.#files]
      .filter(([sha256, fate]) => fate === 'wanted' && !kept.has(sha256))
      .map(([sha256]) => `lost: the content ${sha256}`)
    const places = placesOfWords(texts)
    for (const [word, fate] of this.#words) {
      const found = places.get(word) ?? []
      if (found.length === 0 && fate === 'wanted') faults.push(`lost: ${word}`)
      if (found.length > 1)
        faults.push(`${found.length} times: ${word} in ${[...new Set(found)].join(' and ')}`)
    }
    const torn = [...places.keys()].filter((word) => !this.#words.has(word))
    return [...faults, ...torn.map((word) => `nobody wrote ${word}`)]
  }
}

function placesOfWords(texts: ReadonlyMap<string, string>): Map<string, string[]> {
  const places = new Map<string, string[]>()
  for (const [path, text] of texts)
    for (const [word] of text.matchAll(words)) places.set(word, [...(places.get(word) ?? []), path])
  return places
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
