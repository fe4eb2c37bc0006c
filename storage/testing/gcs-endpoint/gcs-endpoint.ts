import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { GcsService } from '../../src/adapters/gcs/gcs-connection.ts'
import { GcsBucket } from './gcs-bucket.ts'
import { answerJsonApi } from './json-api.ts'
import { answerSignedUrl } from './signed-urls.ts'
import { GcsTokens } from './gcs-tokens.ts'

export interface GcsRequest {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface GcsAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

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
        (error: unknown) => response.writeHead(500).end(String(error)),
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
    return answerJsonApi(whole, this.bucket)
  }
}

export function failure(status: number, reason: string): GcsAnswer {
  return json(status, { error: { code: status, message: reason, errors: [{ reason }] } })
}

export function json(status: number, value: object): GcsAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: JSON.stringify(value),
  }
}
