import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { pipeline, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { RemoteCall } from './remote-call.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly sizeBytes: number; readonly chunks: AsyncIterable<Uint8Array> }
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: IncomingMessage
}

/** HTTP with connections that are kept, for services that are spoken to without an SDK. */
export class HttpClient {
  readonly #http = new HttpAgent({ keepAlive: true })
  readonly #https = new HttpsAgent({ keepAlive: true })

  /**
   * Sends a request; its answer's body must be read or destroyed. Rejects with what the network or
   * the body fails with.
   */
  send(request: HttpRequest, call: RemoteCall): Promise<HttpAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
    const secure = request.url.protocol === 'https:'
    const outgoing = (secure ? httpsRequest : httpRequest)(request.url, {
      method: request.method,
      agent: secure ? this.#https : this.#http,
      signal: call.signal,
      headers: {
        ...request.headers,
        ...(request.body && { 'content-length': request.body.sizeBytes }),
      },
    })
    outgoing.on('error', reject)
    outgoing.on('response', (body) => {
      call.touch()
      // Who answers early, as when refusing, does not want the rest.
      body.once('close', () => outgoing.writableFinished || outgoing.destroy())
      resolve({ status: body.statusCode ?? 0, headers: body.headers, body })
    })
    if (request.body)
      pipeline(Readable.from(request.body.chunks), outgoing, (error) => error && reject(error))
    else outgoing.end()
    return promise
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    this.#http.destroy()
    this.#https.destroy()
  }
}

/** An answer that is no object's bytes: small, and read whole. */
export async function readSmall(body: IncomingMessage): Promise<string> {
  let length = 0
  body.on('data', (chunk: Uint8Array) => {
    length += chunk.byteLength
    if (length > maxSmallBytes) body.destroy(new Error('The answer is too long'))
  })
  return (await buffer(body)).toString()
}

/** A page of a thousand keys of 512 characters is one megabyte at most. */
const maxSmallBytes = 8 * 1024 * 1024
