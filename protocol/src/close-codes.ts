/**
 * Why the server closes a live socket. 4400–4499 are final: the client must not come back by
 * itself (stock `y-websocket` obeys the same range). All others may be retried with back-off.
 */
export const closeCodes = {
  /** 1001: the server shuts down; come back, another process answers soon. */
  goingAway: { code: 1001, reason: 'going_away', fatal: false },
  /** 1009: a frame above the limit. */
  frameTooLarge: { code: 1009, reason: 'frame_too_large', fatal: false },
  /** 1011: what was sent could not be stored; nothing is lost that the client still holds. */
  storeFailed: { code: 1011, reason: 'store_failed', fatal: false },
  /** 1013: too busy, or the database is out of reach. */
  tryAgainLater: { code: 1013, reason: 'try_again_later', fatal: false },
  /** The document was dropped from memory; the next load is from the log. */
  evicted: { code: 4500, reason: 'evicted', fatal: false },
  /** The reader is too slow: more is buffered for it than the limit. */
  tooSlow: { code: 4501, reason: 'too_slow', fatal: false },
  /** Too many messages; back off. */
  rateLimited: { code: 4502, reason: 'rate_limited', fatal: false },
  /** Malformed, oversized or not allowed in this document; `reason` of the refusal is in the log. */
  updateRefused: { code: 4400, reason: 'update_refused', fatal: true },
  /** The session, ticket or token has ended. */
  signedOut: { code: 4401, reason: 'signed_out', fatal: true },
  /** The role does not allow it any more. */
  forbidden: { code: 4403, reason: 'forbidden', fatal: true },
  /** There is no such document, or the caller may not see it. */
  notFound: { code: 4404, reason: 'not_found', fatal: true },
  /** Not the live protocol. */
  protocolError: { code: 4406, reason: 'protocol_error', fatal: true },
  /** The file went to the trash. */
  trashed: { code: 4410, reason: 'trashed', fatal: true },
  /** The text was replaced by bytes that are no text. */
  sealed: { code: 4411, reason: 'sealed', fatal: true },
} as const satisfies Record<string, CloseCode>

export interface CloseCode {
  readonly code: number
  readonly reason: string
  readonly fatal: boolean
}

export type CloseCodeName = keyof typeof closeCodes
