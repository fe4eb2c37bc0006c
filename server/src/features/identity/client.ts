import type { Request } from 'express'
import { keepsCookie } from '#platform/http/session-cookie.ts'

/** What a session is begun from. */
export interface Client {
  readonly address: string
  readonly userAgent: string
  /** It keeps the session as a cookie, and is given no tokens. */
  readonly keepsCookie: boolean
}

export function clientOf(request: { readonly address: string; readonly raw: Request }): Client {
  const { address, raw } = request
  const userAgent = raw.headers['user-agent'] ?? ''
  return { address, userAgent, keepsCookie: keepsCookie(raw) }
}
