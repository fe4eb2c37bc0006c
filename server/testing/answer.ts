/** What a server has answered, read to its end. */
export class Answer {
  readonly status: number
  readonly headers: Headers
  readonly #json: unknown

  private constructor({ status, headers }: Response, json: unknown) {
    this.status = status
    this.headers = headers
    this.#json = json
  }

  static async of(response: Response): Promise<Answer> {
    const text = await response.text()
    return new Answer(response, text === '' ? {} : JSON.parse(text))
  }

  get body(): Record<string, unknown> {
    return this.json()
  }

  /** The body as what it should be. */
  json<T>(): T {
    return this.#json as T
  }
}
