import type { IncomingMessage } from 'node:http'

export interface GcsRequest {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface GcsAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export function failure(status: number, reason: string): GcsAnswer {
  return json(status, { error: { code: status, message: reason, errors: [{ reason }] } })
}

export function json(status: number, value: object): GcsAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: JSON.stringify(value),
  }
}
