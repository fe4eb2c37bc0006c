import { StoreError } from '../model/failures.ts'

// The low byte of SQLite's codes, the rest says more about them.
const inputOutput = 10
const full = 13
const cannotOpen = 14

/** What passes once there is room, or the disk is back, in the words of the port; anything else as it is. */
export function toStoreError(error: unknown): unknown {
  return isPassing(error) ? new StoreError(error.message, error) : error
}

/** For what is no harm when it is not written. */
export function unlessFull(write: () => void): void {
  try {
    write()
  } catch (error) {
    if (!isPassing(error)) throw error
  }
}

function isPassing(error: unknown): error is Error {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  return [inputOutput, full, cannotOpen].includes(Number(error.errcode) & 0xff)
}
