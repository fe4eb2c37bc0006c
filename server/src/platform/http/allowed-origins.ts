import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/**
 * Whether a page comes from the host that is asked. Where people come by HTTPS, what is sent as a page of the same host
 * over plain HTTP may be anybody's between them and it.
 */
export function isOfHostAsked(
  origin: string,
  { host }: Pick<IncomingHttpHeaders, 'host'>,
  publicUrl: string | undefined,
): boolean {
  const page = URL.parse(origin)
  if (host === undefined || page?.host !== host.toLowerCase()) return false
  return page.protocol === 'https:' || publicUrl?.startsWith('https:') !== true
}

/** Which pages of other origins may call: those that the operator names, and our own. */
export class AllowedOrigins {
  readonly #named: ReadonlySet<string>
  readonly #publicUrl: string | undefined

  /** `origins` as a browser writes them: `https://app.example.com`. `publicUrl`: where people come to, if it is known. */
  constructor(origins: readonly string[], publicUrl?: string) {
    this.#named = new Set(
      publicUrl === undefined ? origins : [new URL(publicUrl).origin, ...origins],
    )
    this.#publicUrl = publicUrl
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
    const { origin } = headers
    if (origin === undefined || this.#named.has(origin)) return true
    return isOfHostAsked(origin, headers, this.#publicUrl)
  }
}
