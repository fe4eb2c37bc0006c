import { sql, type RawBuilder } from 'kysely'
import pg from 'pg'

const mark = /^\s*\/\* prepared as ([a-z-]+) \*\//

/**
 * Begins a statement that each connection parses once and, if that costs no more, plans once: for what is
 * asked all the time and whose plan takes longer than its work. A name is of one text.
 */
export function preparedAs(name: string): RawBuilder<unknown> {
  return sql.raw(`/* prepared as ${name} */`)
}

type Query = (query: unknown, values?: unknown, callback?: unknown) => unknown

/** A connection that names the statements which `preparedAs` begins; Kysely has no way to. */
export class PreparingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    const query = this.query.bind(this) as Query
    this.query = ((text: unknown, values?: unknown, callback?: unknown) => {
      const name = typeof text === 'string' ? mark.exec(text)?.[1] : undefined
      return name === undefined
        ? query(text, values, callback)
        : query({ name, text, values }, callback)
    }) as pg.Client['query']
  }
}
