import { ProblemError } from '#platform/problem-error.ts'

/**
 * How much memory all uploads that are read into memory may hold together. Bytes are taken as they
 * arrive, so that a slow or empty upload holds nothing that it has not sent; who comes when all is
 * taken is told to come back, since waiting for each other could stall them all.
 */
export class UploadBudget {
  #freeBytes: number

  constructor(maxBytes: number) {
    this.#freeBytes = maxBytes
  }

  /** Opens the account of one upload. Dispose it when its bytes are out of use. */
  open(): UploadAccount {
    let takenBytes = 0
    const giveBack = () => {
      this.#freeBytes += takenBytes
      takenBytes = 0
    }
    return {
      take: (bytes) => {
        if (bytes > this.#freeBytes)
          throw new ProblemError('unavailable', {
            detail: 'Too many uploads at once',
            headers: { 'retry-after': '2' },
          })
        this.#freeBytes -= bytes
        takenBytes += bytes
      },
      giveBack,
      [Symbol.dispose]: giveBack,
    }
  }
}

export interface UploadAccount extends Disposable {
  /** Throws a retryable `unavailable` when the budget is used up. */
  take(bytes: number): void
  /** Gives back all that was taken: it is out of memory. */
  giveBack(): void
}
