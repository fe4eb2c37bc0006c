import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { GcsService } from '../../src/adapters/gcs/gcs-connection.ts'
import { failure } from './gcs-answer.ts'
import type { GcsAnswer, GcsRequest } from './gcs-answer.ts'
import { GcsBucket } from './gcs-bucket.ts'
import { answerJsonApi } from './json-api.ts'
import { answerSignedUrl } from './signed-urls.ts'
import { GcsTokens } from './gcs-tokens.ts'

/** What goes wrong with a request of a resumable upload. */
export type SessionFault = 'lose-answer' | 'keep-half' | 'error' | 'refuse'

/**
 * One bucket of Google Cloud Storage on loopback, made from Google's published description, because
 * Google offers no server of its own for tests: sign-in by JWT, the JSON API with media and resumable
 * uploads, preconditions, paging and composition, and signed URLs, whose signatures it checks. What
 * the description leaves open, only Google's own service could tell.
 */
export class GcsEndpoint implements AsyncDisposable {
  readonly service: GcsService
  readonly bucket: GcsBucket
  readonly tokens: GcsTokens
  /** Asked for every request of a resumable upload that brings bytes, with its number. */
  sessionFault: (requestNumber: number) => SessionFault | undefined = () => undefined
  #sessionRequests = 0
  readonly #server: Server

  private constructor(server: Server, port: number) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const endpoint = `http://127.0.0.1:${port}`
    const account = {
      clientEmail: 'tests@project.iam.gserviceaccount.com',
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      tokenUri: `${endpoint}/token`,
    }
    this.service = { endpoint, bucket: 'cloudsync-tests', account }
    this.bucket = new GcsBucket(this.service.bucket, endpoint)
    this.tokens = new GcsTokens(account, publicKey)
    this.#server = server
    server.on('request', (request, response) => {
      this.#answer(request).then(
        ({ status, headers, body = '' }) => response.writeHead(status, headers).end(body),
        (error: unknown) =>
          error instanceof ConnectionLost
            ? request.socket.destroy()
            : response.writeHead(500).end(String(error)),
      )
    })
  }

  static async open(): Promise<GcsEndpoint> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new GcsEndpoint(server, (server.address() as AddressInfo).port)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #answer(incoming: IncomingMessage): Promise<GcsAnswer> {
    const { method = '', url = '', headers } = incoming
    const request = { method, url: new URL(url, this.service.endpoint), headers }
    // An upload that breaks off comes to nothing: the body must be whole before anything is done.
    const whole = { ...request, body: await buffer(incoming) }
    const { pathname } = whole.url
    if (pathname === '/token') return this.tokens.grant(whole)
    if (!pathname.startsWith('/storage/') && !pathname.startsWith('/upload/'))
      return answerSignedUrl(whole, this.bucket, this.tokens)
    if (!this.tokens.admits(headers.authorization)) return failure(401, 'authError')
    if (!whole.url.searchParams.has('upload_id') || whole.body.byteLength === 0)
      return answerJsonApi(whole, this.bucket)
    return this.#spoil(whole, this.sessionFault(++this.#sessionRequests))
  }

  #spoil(request: GcsRequest, fault: SessionFault | undefined): GcsAnswer {
    switch (fault) {
      case undefined:
        return answerJsonApi(request, this.bucket)
      case 'error':
        return failure(503, 'backendError')
      case 'refuse':
        throw new ConnectionLost()
      case 'lose-answer':
        answerJsonApi(request, this.bucket)
        throw new ConnectionLost()
      case 'keep-half':
        return answerJsonApi(halved(request), this.bucket)
    }
  }
}

class ConnectionLost extends Error {}

/** As if no more had arrived. */
function halved({ body, headers, ...request }: GcsRequest): GcsRequest {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '') ?? []
  const half = body.subarray(0, body.byteLength >> 1)
  const range = `bytes ${from}-${Number(from) + half.byteLength - 1}/${total}`
  return { ...request, body: half, headers: { ...headers, 'content-range': range } }
}
