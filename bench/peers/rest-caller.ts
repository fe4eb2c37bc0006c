/** Somebody signed in, who calls the REST API. */
export class RestCaller {
  readonly #url: string
  readonly #token: string

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** For requests whose bodies are streams. */
  addressOf(path: string): { readonly url: string; readonly headers: Record<string, string> } {
    return {
      url: `${this.#url}/api/v1${path}`,
      headers: { authorization: `Bearer ${this.#token}` },
    }
  }

  /** The body of the answer, whole but not parsed. Throws for any but a good answer. */
  async send(method: string, path: string, body?: unknown): Promise<string> {
    const { url, headers } = this.addressOf(path)
    const answer = await fetch(url, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text
  }

  async space(): Promise<{ id: string; rootId: string }> {
    const text = await this.send('GET', '/spaces')
    const { items } = JSON.parse(text) as { items: { id: string; rootId: string }[] }
    if (!items[0]) throw new Error('The caller has no space')
    return items[0]
  }

  /** Makes folders, at most 1,000, in one request, and gives their ids. */
  async createFolders(parentId: string, names: readonly string[]): Promise<string[]> {
    const operations = names.map((name) => ({ type: 'create', parentId, name, kind: 'folder' }))
    const text = await this.send('POST', '/nodes/bulk', { operations })
    const { results } = JSON.parse(text) as { results: { ok: boolean; node: { id: string } }[] }
    if (results.some((result) => !result.ok)) throw new Error(`Making folders: ${text}`)
    return results.map(({ node }) => node.id)
  }

  async createFolder(parentId: string, name: string): Promise<string> {
    const [id] = await this.createFolders(parentId, [name])
    return id as string
  }
}
