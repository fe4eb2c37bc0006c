import { createHash } from 'node:crypto'
import { Client } from 'minio'
import type { BlobBody } from '../../blob-store.ts'
import { HttpClient, readSmall } from '../remote/http-client.ts'
import type { HttpAnswer, HttpRequest } from '../remote/http-client.ts'
import type { RemoteCall } from '../remote/remote-call.ts'
import { s3Failure } from './s3-errors.ts'

export interface S3Service {
  readonly host: string
  /** Default that of the protocol. */
  readonly port?: number
  readonly tls: boolean
  readonly region: string
  readonly bucket: string
  readonly credentials: S3Credentials
}

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface S3Request {
  readonly method: HttpRequest['method']
  /** '' for the bucket itself. */
  readonly name: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: HttpRequest['body']
  readonly expect: readonly number[]
}

/** Long enough for clocks that differ; AWS allows 15 minutes. */
const signatureSeconds = 900

/**
 * Signed requests to one bucket. The client of MinIO signs; what it signs is sent by our own HTTP,
 * because its requests cannot be aborted, have no time limit, hold bodies in memory and write to
 * the console.
 */
export class S3Connection {
  readonly #bucket: string
  readonly #signer: Client
  readonly #http = new HttpClient()

  constructor(service: S3Service) {
    const { host, port, tls, region, bucket, credentials } = service
    this.#bucket = bucket
    this.#signer = new Client({
      endPoint: host,
      ...(port === undefined ? {} : { port }),
      useSSL: tls,
      region,
      accessKey: credentials.accessKeyId,
      secretKey: credentials.secretAccessKey,
      ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
    })
  }

  async sign(
    method: HttpRequest['method'],
    name: string,
    expiresInSeconds: number,
    query: Readonly<Record<string, string>> = {},
  ): Promise<URL> {
    const expires = Math.floor(expiresInSeconds)
    return new URL(
      await this.#signer.presignedUrl(method, this.#bucket, name, expires, { ...query }),
    )
  }

  /** Rejects with `ServiceFailure` when the answer is not one of those expected. */
  async send(request: S3Request, call: RemoteCall): Promise<HttpAnswer> {
    const { method, name, query, headers, body, expect } = request
    const url = await this.sign(method, name, signatureSeconds, query)
    const answer = await this.#http.send(
      { method, url, ...(headers && { headers }), ...(body && { body }) },
      call,
    )
    if (expect.includes(answer.status)) return answer
    throw s3Failure(answer.status, await readSmall(answer.body))
  }

  /** As `send`, for answers that are small. */
  async ask(request: S3Request, call: RemoteCall): Promise<{ answer: HttpAnswer; text: string }> {
    const answer = await this.send(request, call)
    return { answer, text: await readSmall(answer.body) }
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]()
  }
}

/** Lets the service refuse bytes that were changed on the way, where they are known beforehand. */
export function contentMd5(body: BlobBody): Record<string, string> {
  if (!(body instanceof Uint8Array)) return {}
  return { 'content-md5': createHash('md5').update(body).digest('base64') }
}
