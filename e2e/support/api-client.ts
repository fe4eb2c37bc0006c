import { setTimeout as delay } from 'node:timers/promises'

/** A signed-in caller of the REST API, as an outside program would be one. */
export class ApiClient {
  readonly #url: string
  #accessToken = ''
  #signingIn: Promise<string> | undefined
  #expiresAtMs = 0
  readonly #account: { readonly email: string; readonly password: string }

  constructor(url: string, account: { readonly email: string; readonly password: string }) {
    this.#url = url
    this.#account = account
  }

  /** The same person at another server of the cluster. */
  at(url: string): ApiClient {
    return new ApiClient(url, this.#account)
  }

  /** A token that is good for the next minutes; signs in when there is none, as soon as a server lets it. */
  async token(): Promise<string> {
    if (Date.now() < this.#expiresAtMs) return this.#accessToken
    // All clients of one person ask at once, and a provider takes a failure for final.
    this.#signingIn ??= this.#signIn().finally(() => {
      this.#signingIn = undefined
    })
    return this.#signingIn
  }

  async #signIn(): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.#send('POST', '/auth/sign-in', {
          json: this.#account,
          isSignedIn: false,
        })
        const tokens = (await answer.json()) as { accessToken: string; expiresInSeconds: number }
        this.#accessToken = tokens.accessToken
        this.#expiresAtMs = Date.now() + tokens.expiresInSeconds * 500
        return tokens.accessToken
      } catch (error) {
        if (attempt === 30) throw error
        await delay(1_000)
      }
    }
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.#send('GET', path)).json()) as T
  }

  async post<T>(path: string, json: unknown): Promise<T> {
    return (await (await this.#send('POST', path, { json })).json()) as T
  }

  async delete(path: string): Promise<void> {
    await this.#send('DELETE', path)
  }

  async putJson(path: string, json: unknown): Promise<void> {
    await this.#send('PUT', path, { json })
  }

  async patch(path: string, json: unknown): Promise<void> {
    await this.#send('PATCH', path, { json })
  }

  /** Makes an account that may edit the caller's first space, and gives somebody signed in as it. */
  async addEditor(name: string): Promise<ApiClient> {
    const account = { email: `${name}@example.com`, password: `the password of ${name}` }
    await this.post('/users', { ...account, name })
    await this.putJson(`/spaces/${await this.spaceId()}/members`, {
      email: account.email,
      role: 'editor',
    })
    return new ApiClient(this.#url, account)
  }

  async put(
    path: string,
    bytes: Uint8Array<ArrayBuffer> | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return this.#send('PUT', path, { bytes, headers })
  }

  async bytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#send('GET', path)).arrayBuffer())
  }

  async createText(parentId: string, name: string): Promise<string> {
    return (await this.post<{ id: string }>('/nodes', { parentId, name, kind: 'text' })).id
  }

  /** Makes a symbolic link, as a linked folder of somebody's computer would. */
  async createLink(parentId: string, name: string, target: string): Promise<string> {
    const bytes = new FormData()
    for (const [field, value] of Object.entries({ parentId, name, mode: 'symlink' }))
      bytes.set(field, value)
    bytes.set('file', new Blob([target]))
    const answer = await this.#send('POST', '/nodes', { bytes })
    return ((await answer.json()) as { id: string }).id
  }

  async rootId(): Promise<string> {
    return (await this.#firstSpace()).rootId
  }

  async spaceId(): Promise<string> {
    return (await this.#firstSpace()).id
  }

  async #firstSpace() {
    const { items } = await this.get<{ items: { id: string; rootId: string }[] }>('/spaces')
    if (!items[0]) throw new Error('There is no space')
    return items[0]
  }

  async ticket(document: string): Promise<string> {
    return (await this.post<{ ticket: string }>('/live/tickets', { document })).ticket
  }

  async #send(
    method: string,
    path: string,
    options: {
      json?: unknown
      bytes?: Uint8Array<ArrayBuffer> | string | FormData
      isSignedIn?: boolean
      headers?: Readonly<Record<string, string>>
    } = {},
  ): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const headers: Record<string, string> = { ...options.headers }
      if (options.isSignedIn !== false) headers['authorization'] = `Bearer ${await this.token()}`
      if (options.json !== undefined) headers['content-type'] = 'application/json'
      const body = options.json === undefined ? options.bytes : JSON.stringify(options.json)
      const answer = await fetch(`${this.#url}/api/v1${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      })
      if (answer.ok) return answer
      if (answer.status !== 503 || attempt > 50)
        throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
      await delay(100)
    }
  }
}
