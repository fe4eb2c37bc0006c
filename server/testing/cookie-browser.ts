import { ApiContract } from './api-contract.ts'

const api = '/api/v1'

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

/** What of a browser OAuth needs: it keeps cookies by their paths, and shows each redirection. */
export class CookieBrowser {
  #cookies: Cookie[] = []

  /** Sends a request and gives the answer as it is; the API's must be as the OpenAPI document says. */
  async send(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url)
    const headers = new Headers(init.headers)
    const cookies = this.#cookies.filter(({ path }) => isBelow(target.pathname, path))
    if (cookies.length > 0)
      headers.set('cookie', cookies.map(({ name, value }) => `${name}=${value}`).join('; '))
    const answer = await fetch(target, { ...init, headers, redirect: 'manual' })
    for (const header of answer.headers.getSetCookie()) this.#take(header)
    if (target.pathname.startsWith(`${api}/`)) {
      const contract = await ApiContract.of(target.origin)
      await contract.check(init.method ?? 'GET', target.pathname.slice(api.length), answer)
    }
    return answer
  }

  /** Follows redirections until one leads to `stop`, or there are no more. */
  async follow(url: string | URL, stop: (location: URL) => boolean): Promise<URL> {
    let at = new URL(url)
    for (let step = 0; step < 10 && !stop(at); step++) {
      const answer = await this.send(at)
      const location = answer.headers.get('location')
      await answer.body?.cancel()
      if (location === null) throw new Error(`${at.href} leads nowhere: ${answer.status}`)
      at = new URL(location, at)
    }
    return at
  }

  #take(header: string): void {
    const [pair = '', ...attributes] = header.split(/; */)
    const name = pair.slice(0, pair.indexOf('='))
    const path = attributes.find((each) => /^path=/i.test(each))?.slice('path='.length) ?? '/'
    this.#cookies = this.#cookies.filter((cookie) => cookie.name !== name || cookie.path !== path)
    this.#cookies.push({ name, value: pair.slice(pair.indexOf('=') + 1), path })
  }
}

/** RFC 6265 §5.1.4. */
function isBelow(pathname: string, path: string): boolean {
  if (pathname === path) return true
  return pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}
