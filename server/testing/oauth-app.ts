import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { CookieBrowser } from './cookie-browser.ts'
import type { TestCaller } from './test-caller.ts'

export interface AppOptions {
  readonly kind?: 'web' | 'native' | 'browser'
  readonly redirectUri?: string
  readonly scopes?: readonly string[]
}

interface Registered {
  readonly id: string
  readonly clientSecret: string | null
}

export type AppTokens = Awaited<ReturnType<typeof client.authorizationCodeGrant>>

/** An integrator's app: a stock `openid-client` that knows of us what our discovery document says. */
export class OAuthApp {
  readonly id: string
  readonly secret: string | null
  readonly configuration: client.Configuration
  readonly redirectUri: string

  private constructor(
    registered: Registered,
    configuration: client.Configuration,
    redirectUri: string,
  ) {
    this.id = registered.id
    this.secret = registered.clientSecret
    this.configuration = configuration
    this.redirectUri = redirectUri
  }

  /** An administrator registers it. */
  static async register(admin: TestCaller, options: AppOptions = {}): Promise<OAuthApp> {
    const redirectUri = options.redirectUri ?? 'https://app.example/callback'
    const registered = await admin.post<Registered>('/admin/oauth-clients', {
      name: 'Paper Tiger',
      kind: options.kind ?? 'web',
      redirectUris: [redirectUri],
      scopes: options.scopes ?? ['openid', 'profile', 'email', 'account:read', 'files:read'],
    })
    return OAuthApp.of(admin.url, registered, redirectUri)
  }

  static async of(url: string, registered: Registered, redirectUri: string): Promise<OAuthApp> {
    const { id, clientSecret } = registered
    const auth = clientSecret === null ? client.None() : client.ClientSecretBasic(clientSecret)
    const configuration = await client.discovery(new URL(url), id, undefined, auth, {
      execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    })
    return new OAuthApp(registered, configuration, redirectUri)
  }

  /** Sends somebody's browser to us and has them allow it; gives the tokens. */
  async signIn(person: TestCaller, scope = 'openid files:read'): Promise<AppTokens> {
    const begun = await this.begin(scope)
    const back = await allow(person, begun.url, begun.browser)
    return this.exchange(back, begun.verifier, begun.state)
  }

  async begin(scope: string, changes: Record<string, string> = {}) {
    const verifier = client.randomPKCECodeVerifier()
    const state = client.randomState()
    const url = client.buildAuthorizationUrl(this.configuration, {
      redirect_uri: this.redirectUri,
      scope,
      state,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...changes,
    })
    return { url, verifier, state, browser: new CookieBrowser() }
  }

  exchange(back: URL, verifier: string, state: string): Promise<AppTokens> {
    return client.authorizationCodeGrant(this.configuration, back, {
      pkceCodeVerifier: verifier,
      expectedState: state,
    })
  }

  refresh(refreshToken: string | undefined, parameters: Record<string, string> = {}) {
    assert.ok(refreshToken)
    return client.refreshTokenGrant(this.configuration, refreshToken, parameters)
  }
}

/** Follows an app's request to the page that asks, which somebody sees who is signed in there. */
export async function openConsent(url: URL, browser: CookieBrowser): Promise<string> {
  const page = await browser.follow(url, ({ pathname }) => pathname === '/authorize')
  return page.searchParams.get('uid') ?? ''
}

/** What the page that asks does when somebody agrees; gives where the app is called back. */
export async function allow(
  person: TestCaller,
  url: URL,
  browser = new CookieBrowser(),
): Promise<URL> {
  const uid = await openConsent(url, browser)
  const { location } = await decide(person, uid, browser, 'allow')
  return browser.follow(location, ({ origin }) => origin !== new URL(person.url).origin)
}

export async function decide(
  person: TestCaller,
  uid: string,
  browser: CookieBrowser,
  decision: 'allow' | 'deny',
): Promise<{ location: string }> {
  const answer = await browser.send(`${person.url}/api/v1/oauth/interactions/${uid}/consent`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${person.accessToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ decision }),
  })
  assert.equal(answer.status, 200, await answer.clone().text())
  return (await answer.json()) as { location: string }
}
