import { HttpClient, readSmall } from '../remote/http-client.ts'
import type { HttpAnswer, HttpRequest } from '../remote/http-client.ts'
import type { RemoteCall } from '../remote/remote-call.ts'
import { GcsSignIn } from './gcs-credentials.ts'
import type { GcsServiceAccount } from './gcs-credentials.ts'
import { gcsFailure } from './gcs-errors.ts'

export interface GcsService {
  /** Default Google's. */
  readonly endpoint?: string
  readonly bucket: string
  readonly account: GcsServiceAccount
}

export interface GcsRequest {
  readonly method: HttpRequest['method']
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: HttpRequest['body']
  readonly expect: readonly number[]
}

/** Requests to one bucket by the JSON API. https://cloud.google.com/storage/docs/json_api/v1 */
export class GcsConnection {
  readonly endpoint: string
  readonly #http = new HttpClient()
  readonly #signIn: GcsSignIn
  readonly #bucketPath: string

  constructor({ endpoint = 'https://storage.googleapis.com', bucket, account }: GcsService) {
    this.endpoint = endpoint
    this.#signIn = new GcsSignIn(account, this.#http)
    this.#bucketPath = `/storage/v1/b/${encodeURIComponent(bucket)}/o`
  }

  /** The bucket's objects; what is done to them goes into the query. */
  objectsUrl(query: Readonly<Record<string, string>>): URL {
    return this.#url(this.#bucketPath, query)
  }

  objectUrl(name: string, query: Readonly<Record<string, string>> = {}, action = ''): URL {
    return this.#url(`${this.#bucketPath}/${encodeURIComponent(name)}${action}`, query)
  }

  uploadUrl(query: Readonly<Record<string, string>>): URL {
    return this.#url(`/upload${this.#bucketPath}`, query)
  }

  /** Rejects with `ServiceFailure` when the answer is not one of those expected. */
  async send(request: GcsRequest, call: RemoteCall): Promise<HttpAnswer> {
    const { method, url, headers, body, expect } = request
    const authorization = `Bearer ${await this.#signIn.accessToken(call)}`
    const answer = await this.#http.send(
      { method, url, headers: { ...headers, authorization }, ...(body && { body }) },
      call,
    )
    if (expect.includes(answer.status)) return answer
    if (answer.status === 401) this.#signIn.forget()
    throw gcsFailure(answer.status, await readSmall(answer.body))
  }

  /** As `send`, for answers that are small. */
  async ask(request: GcsRequest, call: RemoteCall): Promise<{ answer: HttpAnswer; text: string }> {
    const answer = await this.send(request, call)
    return { answer, text: await readSmall(answer.body) }
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]()
  }

  #url(path: string, query: Readonly<Record<string, string>>): URL {
    const url = new URL(this.endpoint + path)
    url.search = new URLSearchParams(query).toString()
    return url
  }
}
