import type { Page } from '@cloudsync/protocol'

/**
 * A list of the server, fetched page by page while it is iterated over; each iteration begins anew.
 *
 *     for await (const node of client.nodes.children(id)) …
 */
export class Pages<T> implements AsyncIterable<T> {
  readonly #fetchPage: (cursor: string | undefined) => Promise<Page<T>>

  /** `fetchPage` gets `undefined` for the first page. */
  constructor(fetchPage: (cursor: string | undefined) => Promise<Page<T>>) {
    this.#fetchPage = fetchPage
  }

  /** One page, from a cursor that another one named: for lists that somebody pages through. */
  page(cursor?: string): Promise<Page<T>> {
    return this.#fetchPage(cursor)
  }

  async *byPage(): AsyncGenerator<readonly T[], void> {
    let cursor: string | undefined
    do {
      const page = await this.#fetchPage(cursor)
      yield page.items
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for await (const items of this.byPage()) yield* items
  }

  /** All of it, in memory. */
  async all(): Promise<T[]> {
    const all: T[] = []
    for await (const items of this.byPage()) all.push(...items)
    return all
  }
}
