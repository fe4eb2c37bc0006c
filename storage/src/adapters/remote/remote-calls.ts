import type { Readable } from 'node:stream'
import type { BlobReader, CallOptions } from '../../blob-store.ts'
import { exactReader } from './exact-body.ts'
import { defaultIdleTimeoutMs, RemoteCall } from './remote-call.ts'

/** Gives, for an operation, what makes the service's errors those of the port. */
export type TranslateErrors = (operation: string) => (error: unknown) => Error | undefined

/** The calls of one store: with one limit of silence, and errors translated in one way. */
export class RemoteCalls {
  readonly #translate: TranslateErrors
  readonly #idleTimeoutMs: number

  constructor(translate: TranslateErrors, idleTimeoutMs = defaultIdleTimeoutMs) {
    this.#translate = translate
    this.#idleTimeoutMs = idleTimeoutMs
  }

  /** As `RemoteCall.run`. */
  run<T>(
    operation: string,
    options: CallOptions,
    work: (call: RemoteCall) => Promise<T>,
  ): Promise<T> {
    return RemoteCall.run(operation, this.#timed(options), this.#translate(operation), work)
  }

  /** As `exactReader`. */
  reader(source: Readable, sizeBytes: number, options: CallOptions): BlobReader {
    return exactReader(source, sizeBytes, this.#timed(options))
  }

  #timed(options: CallOptions) {
    return { ...options, idleTimeoutMs: this.#idleTimeoutMs }
  }
}
