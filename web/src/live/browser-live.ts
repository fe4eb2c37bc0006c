import type { LiveSign } from '@cloudsync/client/live'
import { keptAsCookie } from '@cloudsync/protocol'
import type { SessionCheck } from '../api/api-client.ts'
import { ApiError } from '../api/api-error.ts'

/** A page says by its cookie who it is. */
export function browserSign(session: SessionCheck): LiveSign {
  return {
    token: () => keptAsCookie,
    isOver: () =>
      session.check().then(
        () => false,
        (error: unknown) => error instanceof ApiError && error.status === 401,
      ),
  }
}

/** Where live documents are, beside the page. */
export function liveUrl(): string {
  const url = new URL('/live', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}
