import type { IncomingMessage } from 'node:http'

/** Which pages of other origins may call: those that the operator names, and our own. */
export class AllowedOrigins {
  readonly #named: ReadonlySet<string>

  /** `origins` as a browser writes them: `https://app.example.com`. */
  constructor(origins: readonly string[]) {
    this.#named = new Set(origins)
  }

  get isEmpty(): boolean {
    return this.#named.size === 0
  }

  /** Whether an operator has named it. */
  includes(origin: string): boolean {
    return this.#named.has(origin)
  }

  /**
   * Whether the page that a request comes from may open a socket: browsers let any page do that (there is no
   * CORS for WebSockets), and tell which. Programs that are no browsers tell nothing.
   */
  admits({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
    const { origin, host } = headers
    if (origin === undefined || this.#named.has(origin)) return true
    return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
  }
}
