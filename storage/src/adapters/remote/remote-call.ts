import { bodyChunks } from '../../blob-body.ts'
import type { BlobBody, CallOptions } from '../../blob-store.ts'
import { BlobStoreError, BlobStoreUnavailableError } from '../../blob-store-errors.ts'
import { errnoCode } from '../../fs-errors.ts'

/** How long a service may leave a call, or the body of an answer, without a sign of life. */
export const defaultIdleTimeoutMs = 20_000

export interface RemoteCallOptions extends CallOptions {
  readonly idleTimeoutMs: number
}

/**
 * One call to a service over a network. It tells apart why it failed: because the caller aborted,
 * because the caller's body failed, because nothing moved for too long, or because of the service.
 */
export class RemoteCall {
  readonly #controller = new AbortController()
  readonly #idleTimer: NodeJS.Timeout
  #bodyFailure: { readonly error: unknown } | undefined
  #timedOut = false

  private constructor(options: RemoteCallOptions) {
    this.#idleTimer = setTimeout(() => {
      this.#timedOut = true
      this.#controller.abort()
    }, options.idleTimeoutMs)
  }

  /**
   * Runs one call. Its errors become those of the port: the caller's own come back as they are,
   * everything else by `translate`, which need not know those of the network.
   */
  static async run<T>(
    operation: string,
    options: RemoteCallOptions,
    translate: ((error: unknown) => Error | undefined) | undefined,
    work: (call: RemoteCall) => Promise<T>,
  ): Promise<T> {
    options.signal?.throwIfAborted()
    const call = new RemoteCall(options)
    const abort = (): void => call.#controller.abort()
    options.signal?.addEventListener('abort', abort)
    try {
      return await work(call)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (call.#bodyFailure) throw call.#bodyFailure.error
      if (call.#timedOut) throw silent(operation, options.idleTimeoutMs, error)
      if (error instanceof BlobStoreError) throw error
      throw translate?.(error) ?? networkError(operation, error)
    } finally {
      clearTimeout(call.#idleTimer)
      options.signal?.removeEventListener('abort', abort)
    }
  }

  /** Ends the request; fires with the caller's signal, too long a silence, or a failing body. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Something has moved. */
  touch(): void {
    this.#idleTimer.refresh()
  }

  /**
   * The chunks of the caller's body. That it fails ends the call, with its error. The last chunk is
   * held back until the body has ended well: with it the service would have all it waits for.
   */
  async *body(key: string, body: BlobBody, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      let held: Uint8Array = new Uint8Array()
      for await (const chunk of bodyChunks(key, body, signal)) {
        this.touch()
        yield* this.#pieces(held)
        held = chunk
      }
      yield* this.#pieces(held)
    } catch (error) {
      this.#bodyFailure = { error }
      this.#controller.abort()
      throw error
    }
  }

  /** So small that a slow line shows that it moves. */
  *#pieces(chunk: Uint8Array): Generator<Uint8Array> {
    for (let start = 0; start < chunk.byteLength; start += pieceBytes) {
      this.touch()
      yield chunk.subarray(start, start + pieceBytes)
    }
  }
}

const pieceBytes = 256 * 1024

export function silent(
  operation: string,
  idleTimeoutMs: number,
  cause?: unknown,
): BlobStoreUnavailableError {
  const reason = `it was silent for ${idleTimeoutMs / 1000} s`
  return new BlobStoreUnavailableError(operation, reason, { cause, retryable: true })
}

/** Faults of the way to a service that time does not mend: a wrong name of a host, a certificate. */
const lasting = /^(ERR_TLS|ERR_INVALID|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/

/** The port's error for what went wrong on the way. Its message carries no address and no header. */
function networkError(operation: string, error: unknown): BlobStoreUnavailableError {
  const code = errnoCode(error)
  // What has no code is no fault of the way but a bug, here or in an SDK.
  const reason = code ?? (error instanceof Error ? error.name : 'unknown error')
  const retryable = code !== undefined && !lasting.test(code)
  return new BlobStoreUnavailableError(operation, reason, { cause: error, retryable })
}
