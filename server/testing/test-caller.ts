import assert from 'node:assert/strict'
import { ApiContract } from './api-contract.ts'

export interface TestAccount {
  readonly email: string
  readonly password: string
}

/** Somebody signed in, who calls the REST API as an outside program would. */
export class TestCaller {
  readonly url: string
  readonly accessToken: string
  readonly refreshToken: string

  readonly #contract: ApiContract

  private constructor(
    url: string,
    tokens: { accessToken: string; refreshToken: string },
    contract: ApiContract,
  ) {
    this.url = url
    this.#contract = contract
    this.accessToken = tokens.accessToken
    this.refreshToken = tokens.refreshToken
  }

  static async signIn(url: string, account: TestAccount): Promise<TestCaller> {
    const answer = await fetch(`${url}/api/v1/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: account.email, password: account.password }),
    })
    assert.equal(answer.status, 200, await answer.clone().text())
    const tokens = (await answer.json()) as { accessToken: string; refreshToken: string }
    return new TestCaller(url, tokens, await ApiContract.of(url))
  }

  /** The same person, at another server. */
  at(url: string): TestCaller {
    return new TestCaller(url, this, this.#contract)
  }

  /** Whoever an access token is of, at the same server. */
  by(accessToken: string): TestCaller {
    return new TestCaller(this.url, { accessToken, refreshToken: '' }, this.#contract)
  }

  /** The same person by a personal access token of these scopes, and what revokes it. */
  async withToken(scopes: readonly string[]): Promise<{ id: string; caller: TestCaller }> {
    const body = { name: 'a program', scopes, expiresInDays: 1 }
    const { id, token } = await this.post<{ id: string; token: string }>('/account/tokens', body)
    return { id, caller: this.by(token) }
  }

  /** Sends a request as it is and gives the answer as it is, which must be as the OpenAPI document says. */
  async send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${this.accessToken}`)
    const answer = await fetch(`${this.url}/api/v1${path}`, { ...init, method, headers })
    await this.#contract.check(method, path, answer)
    return answer
  }

  async get<T>(path: string): Promise<T> {
    return this.#json(await this.send('GET', path))
  }

  async post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.#json(await this.#sendJson('POST', path, body))
  }

  async patch<T>(path: string, body: unknown): Promise<T> {
    return this.#json(await this.#sendJson('PATCH', path, body))
  }

  async delete(path: string): Promise<void> {
    const answer = await this.send('DELETE', path)
    assert.equal(answer.status, 204, await answer.clone().text())
  }

  async put<T>(
    path: string,
    bytes: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<T> {
    return this.#json(await this.send('PUT', path, { body: bytes, headers }))
  }

  /** Makes a file by a form, as a browser would. */
  upload(
    { parentId, name, id }: { parentId: string; name: string; id?: string | undefined },
    content: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const form = new FormData()
    form.set('parentId', parentId)
    form.set('name', name)
    if (id !== undefined) form.set('id', id)
    form.set('file', new Blob([content], { type: 'text/html' }), 'ignored.html')
    return this.send('POST', '/nodes', { body: form, headers })
  }

  async text(path: string): Promise<string> {
    return (await this.send('GET', path)).text()
  }

  /** The root folder of the caller's first space. */
  async rootId(): Promise<string> {
    const { items } = await this.get<{ items: { rootId: string }[] }>('/spaces')
    assert.ok(items[0], 'the caller has no space')
    return items[0].rootId
  }

  /** Makes an empty text in the caller's first space and gives its id. */
  async createText(name: string): Promise<string> {
    const { id } = await this.post<{ id: string }>('/nodes', {
      parentId: await this.rootId(),
      name,
      kind: 'text',
    })
    return id
  }

  #sendJson(method: string, path: string, body: unknown): Promise<Response> {
    return this.send(method, path, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  async #json<T>(answer: Response): Promise<T> {
    assert.ok(
      answer.ok,
      `${answer.url}: ${answer.status} ${answer.ok ? '' : await answer.clone().text()}`,
    )
    return (await answer.json()) as T
  }
}
