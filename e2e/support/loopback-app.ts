import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ApiClient } from './api-client.ts'

/** An integrator's app on this machine, which asks people to let it in. */
export class LoopbackApp implements AsyncDisposable {
  readonly id: string
  readonly redirectUri: string
  readonly #site: string
  readonly #verifier = randomBytes(32).toString('base64url')
  readonly #stop: () => void

  private constructor(id: string, redirectUri: string, site: string, stop: () => void) {
    this.id = id
    this.redirectUri = redirectUri
    this.#site = site
    this.#stop = stop
  }

  static async open(site: string, admin: ApiClient): Promise<LoopbackApp> {
    const http = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<title>Paper Tiger</title><h1>Back in Paper Tiger</h1>')
    })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const redirectUri = `http://127.0.0.1:${(http.address() as AddressInfo).port}/callback`
    const { id } = await admin.post<{ id: string }>('/admin/oauth-clients', {
      name: 'Paper Tiger',
      kind: 'browser',
      redirectUris: [redirectUri],
      scopes: ['openid', 'profile', 'email', 'files:read', 'files:write'],
    })
    return new LoopbackApp(id, redirectUri, site, () => {
      http.closeAllConnections()
      http.close()
    })
  }

  get authorizationUrl(): string {
    const query = new URLSearchParams({
      client_id: this.id,
      redirect_uri: this.redirectUri,
      response_type: 'code',
      scope: 'openid profile email files:read files:write',
      state: 'the state of the app',
      code_challenge: createHash('sha256').update(this.#verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    return `${this.#site}/oauth/authorize?${query.toString()}`
  }

  /** The access token for the code that a browser has brought to the app. */
  async exchange(callback: string): Promise<string> {
    const answer = await fetch(`${this.#site}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: this.id,
        redirect_uri: this.redirectUri,
        code: new URL(callback).searchParams.get('code') ?? '',
        code_verifier: this.#verifier,
      }),
    })
    if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`)
    return ((await answer.json()) as { access_token: string }).access_token
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop()
  }
}
