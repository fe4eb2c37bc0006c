import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as client from 'openid-client'
import type { ApiClient } from './api-client.ts'

const state = 'the state of the app'

interface App {
  readonly redirectUri: string
  readonly configuration: client.Configuration
  readonly verifier: string
  /** Where it sends people to be let in. */
  readonly authorizationUrl: string
}

/** An integrator's app on this machine, by a stock `openid-client`, which asks people to let it in. */
export class LoopbackApp implements AsyncDisposable {
  readonly #app: App
  readonly #stop: () => void

  private constructor(app: App, stop: () => void) {
    this.#app = app
    this.#stop = stop
  }

  get redirectUri(): string {
    return this.#app.redirectUri
  }

  get authorizationUrl(): string {
    return this.#app.authorizationUrl
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
    return new LoopbackApp(await describe(site, id, redirectUri), () => {
      http.closeAllConnections()
      http.close()
    })
  }

  /** The access token for the code that a browser has brought to the app. */
  async exchange(callback: string): Promise<string> {
    const { configuration, verifier } = this.#app
    const tokens = await client.authorizationCodeGrant(configuration, new URL(callback), {
      pkceCodeVerifier: verifier,
      expectedState: state,
      idTokenExpected: true,
    })
    return tokens.access_token
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop()
  }
}

/** What the app knows of us is what our discovery document says. */
async function describe(site: string, id: string, redirectUri: string): Promise<App> {
  const configuration = await client.discovery(new URL(site), id, undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  })
  const verifier = client.randomPKCECodeVerifier()
  const url = client.buildAuthorizationUrl(configuration, {
    state,
    redirect_uri: redirectUri,
    scope: 'openid profile email files:read files:write',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  return { redirectUri, configuration, verifier, authorizationUrl: url.href }
}
