import type { StoreWriter } from './store-writer.ts'

type Write = (writer: StoreWriter) => void

interface Waiting {
  readonly write: Write
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Makes one transaction of what many steps write at about the same time: of small ones, to commit them costs most.
 * `soon` calls back when those who come meanwhile may go along.
 */
export class GatheredWrites {
  readonly #commit: (write: Write) => void
  readonly #soon: (run: () => void) => void
  #waiting: Waiting[] = []

  constructor(commit: (write: Write) => void, soon: (run: () => void) => void) {
    this.#commit = commit
    this.#soon = soon
  }

  /** Resolves when it is committed. One that fails fails alone. */
  add(write: Write): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject })
      if (this.#waiting.length === 1) this.#soon(() => this.commitAll())
    })
  }

  commitAll(): void {
    const group = this.#waiting
    this.#waiting = []
    if (group.length === 0) return
    try {
      this.#commit((writer) => {
        for (const { write } of group) write(writer)
      })
      for (const { resolve } of group) resolve()
    } catch {
      for (const one of group) this.#commitAlone(one)
    }
  }

  #commitAlone({ write, resolve, reject }: Waiting): void {
    try {
      this.#commit(write)
      resolve()
    } catch (error) {
      reject(error)
    }
  }
}
