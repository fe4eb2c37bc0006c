import type { Authorizer } from '../http/http-client.ts'

/** A personal access token, or a function that gives what is good by now: there is nothing to renew. */
export class AccessToken implements Authorizer {
  readonly #get: () => Promise<string>

  constructor(token: string | (() => Promise<string>)) {
    this.#get = typeof token === 'string' ? () => Promise.resolve(token) : token
  }

  token(): Promise<string> {
    return this.#get()
  }

  async renew(refused: string): Promise<string | undefined> {
    const token = await this.#get()
    return token === refused ? undefined : token
  }
}
