import type { Request } from 'express'

/** What a session is begun from. */
export interface Client {
  readonly address: string
  readonly userAgent: string
}

export function clientOf(request: { readonly address: string; readonly raw: Request }): Client {
  return { address: request.address, userAgent: request.raw.headers['user-agent'] ?? '' }
}
