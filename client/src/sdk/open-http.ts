import type { ServerOptions } from './client-options.ts'
import { HttpClient } from './http/http-client.ts'
import { systemClock } from './sdk-clock.ts'

/** Requests to a server in nobody's name. */
export function openHttp(options: ServerOptions): HttpClient {
  return new HttpClient({
    url: new URL(options.url),
    // Bound: that of a browser wants to be called on its window.
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    timeoutMs: options.timeoutMs ?? 60_000,
    maxAttempts: options.maxAttempts ?? 5,
    userAgent: options.userAgent,
  })
}
