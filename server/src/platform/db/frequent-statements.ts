import pg from 'pg'

/** So often a statement is asked before each connection prepares it. */
const FREQUENT = 20
/** Each costs every connection some ten kilobytes in the database. */
const MAX_PREPARED = 100
const MAX_COUNTED = 2_000

/**
 * Gives a name to each statement that is asked all the time, by which a connection parses it once and, if that costs
 * no more, plans it once. Statements whose text grows with what they are given, such as lists of rows, seldom become
 * frequent. One for all connections: they know what is frequent from each other.
 */
export class FrequentStatements {
  readonly #counts = new Map<string, number>()
  readonly #names = new Map<string, string>()
  #given = 0
  #isRefused = false

  /** Counts it. `undefined`: it is not worth a name. */
  nameOf(text: string): string | undefined {
    if (this.#isRefused) return undefined
    return this.#names.get(text) ?? this.#count(text)
  }

  /** It is prepared anew under another name, if it is asked so often still. */
  forget(text: string): void {
    this.#names.delete(text)
  }

  /** Nothing is prepared any more: what lies between us and the database does not keep it. */
  refuse(): void {
    this.#isRefused = true
  }

  #count(text: string): string | undefined {
    const count = (this.#counts.get(text) ?? 0) + 1
    if (count >= FREQUENT && this.#names.size < MAX_PREPARED) return this.#give(text)
    if (this.#counts.size >= MAX_COUNTED) this.#counts.clear()
    this.#counts.set(text, count)
    return undefined
  }

  #give(text: string): string {
    this.#counts.delete(text)
    this.#given += 1
    const name = `frequent_${this.#given}`
    this.#names.set(text, name)
    return name
  }
}

/**
 * Why a statement failed only because it was prepared, and did nothing: `changed`, a migration gave the table other
 * columns since; `unknown`, the connection is a pooler's that hands out another session each time.
 */
export function whyStale(error: unknown): 'changed' | 'unknown' | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined
  const { code, message } = error
  if (code === '0A000' && message.includes('cached plan must not change result type'))
    return 'changed'
  return code === '26000' || code === '42P05' ? 'unknown' : undefined
}
