import assert from 'node:assert/strict'
import { keptAsCookie, sessionHeader } from '@cloudsync/protocol'
import type { TestAccount } from './test-caller.ts'

export interface PageRequest {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** The web app in a browser: it is known by the cookie that the browser keeps. */
export class TestPage {
  readonly url: string
  readonly origin: string
  /** As the browser sends it; `undefined`: none. */
  cookie: string | undefined
  /** The last `Set-Cookie` as it came. */
  setCookie = ''

  /** `origin`: where it came from, if not from `url`. */
  constructor(url: string, origin = url) {
    this.url = url
    this.origin = origin
  }

  static async signIn(url: string, account: TestAccount, origin = url): Promise<TestPage> {
    const page = new TestPage(url, origin)
    const answer = await page.signIn(account)
    assert.equal(answer.status, 204, await answer.text())
    return page
  }

  signIn({ email, password }: TestAccount): Promise<Response> {
    return this.send('POST', '/auth/sign-in', { body: { email, password } })
  }

  /** As the web app sends it. */
  send(method: string, path: string, { headers, body }: PageRequest = {}): Promise<Response> {
    const own = { origin: this.origin, [sessionHeader]: keptAsCookie }
    return this.sendBare(method, path, { headers: { ...own, ...headers }, body })
  }

  /** With the cookie and nothing else that the request does not name: as a page of somebody else could. */
  async sendBare(method: string, path: string, { headers, body }: PageRequest = {}) {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const [setCookie] = answer.headers.getSetCookie()
    if (setCookie !== undefined) this.#keep(setCookie)
    return answer
  }

  async status(path = '/me'): Promise<number> {
    const answer = await this.send('GET', path)
    await answer.arrayBuffer()
    return answer.status
  }

  /** The secret in the cookie. */
  get secret(): string {
    return this.cookie?.split('=')[1] ?? ''
  }

  #keep(setCookie: string): void {
    this.setCookie = setCookie
    const [pair = ''] = setCookie.split(';', 1)
    this.cookie = /; Max-Age=0\b/.test(setCookie) ? undefined : pair
  }
}

export async function codeOf(answer: Promise<Response> | Response): Promise<unknown> {
  return ((await (await answer).json()) as { code?: unknown }).code
}
