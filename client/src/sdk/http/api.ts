import { newUuid } from '../ids.ts'
import { jsonBody } from './request-body.ts'
import { readJson, readNothing, type HttpClient, type QueryValue } from './http-client.ts'

export interface CallOptions {
  /** Ends the call; it rejects with what the signal carries. */
  readonly signal?: AbortSignal | undefined
  /** How long nothing may come or go before the call has failed. Default: that of the client. */
  readonly timeoutMs?: number | undefined
}

export interface ChangeOptions extends CallOptions {
  /**
   * 8 to 100 printable ASCII characters that name this change (`Idempotency-Key`): calling again with the same one, also
   * after a restart, does it once. Remembered by the server for 30 days. Default: one of its own for each call, under
   * which the call repeats itself where no answer came.
   */
  readonly operationId?: string | undefined
}

type Query = Readonly<Record<string, QueryValue>>

export const apiRoot = '/api/v1'

/** Calls of the REST API that take and give JSON. All throw `CloudSyncError` and `NetworkError`. */
export class Api {
  readonly http: HttpClient

  constructor(http: HttpClient) {
    this.http = http
  }

  get<T>(path: string, query: Query = {}, { signal, timeoutMs }: CallOptions = {}): Promise<T> {
    return this.http.send({
      method: 'GET',
      path: apiRoot + path,
      query,
      repetition: 'freely',
      signal,
      timeoutMs,
      read: readJson<T>,
    })
  }

  /** A change that the server does once for each `operationId`. */
  change<T>(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
    options: ChangeOptions = {},
  ): Promise<T> {
    const operationId = options.operationId ?? newUuid(this.http.options.clock.now())
    return this.#send(method, path, body, options, { 'idempotency-key': operationId })
  }

  /** A change that, asked for again, finds itself done. */
  put<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
    options: CallOptions = {},
  ): Promise<T> {
    return this.#send(method, path, body, options, {})
  }

  /** A change that would be done twice: it is asked for again only when it was certainly not done. */
  once<T>(
    method: 'POST',
    path: string,
    body: unknown,
    { signal, timeoutMs }: CallOptions = {},
  ): Promise<T> {
    return this.http.send({
      method,
      path: apiRoot + path,
      body: jsonBody(body),
      repetition: 'unless_done',
      signal,
      timeoutMs,
      read: readJson<T>,
    })
  }

  async delete(path: string, query: Query = {}, options: CallOptions = {}): Promise<void> {
    await this.http.send({
      method: 'DELETE',
      path: apiRoot + path,
      query,
      repetition: 'freely',
      signal: options.signal,
      timeoutMs: options.timeoutMs,
      read: readNothing,
    })
  }

  #send<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
    { signal, timeoutMs }: CallOptions,
    headers: Readonly<Record<string, string>>,
  ): Promise<T> {
    return this.http.send({
      method,
      path: apiRoot + path,
      headers: { ...headers, accept: 'application/json' },
      ...(body === undefined ? {} : { body: jsonBody(body) }),
      repetition: 'freely',
      signal,
      timeoutMs,
      read: readJson<T>,
    })
  }
}
