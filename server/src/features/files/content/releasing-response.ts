import type { ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { releaseBytes } from '@cloudsync/storage'

/** Who was to read a response has left. */
export class ReaderGoneError extends Error {
  override readonly name = 'ReaderGoneError'
}

/**
 * Hands on to a response, and frees the memory of each chunk as soon as it is with the system: the collector would
 * look through all of the heap for it every few megabytes. Fails with `ReaderGoneError`; when it is destroyed with
 * another error, the connection breaks.
 */
export function releasingTo(response: ServerResponse): Writable {
  const writable = new Writable({
    write(chunk: Uint8Array, _encoding, callback) {
      response.write(chunk, (error) => {
        if (error) {
          callback(new ReaderGoneError())
          return
        }
        releaseBytes(chunk)
        callback()
      })
    },
    final(callback) {
      response.end(() => callback())
    },
    destroy(error, callback) {
      if (error) response.destroy()
      callback(error)
    },
  })
  response.once('close', () => {
    if (!response.writableFinished) writable.destroy(new ReaderGoneError())
  })
  return writable
}
