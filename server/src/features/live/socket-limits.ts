/** What one socket may do; a socket may carry many documents. */
export interface SocketLimits {
  /** Frames a second, and how many at once. Above it the socket is read slower, not refused. */
  readonly framesPerSecond: number
  readonly frameBurst: number
  readonly bytesPerSecond: number
  readonly byteBurst: number
  /** A socket that has to be slowed down for so long without a break is closed. */
  readonly maxThrottledMs: number
  /** Documents that a socket may have open or opening. */
  readonly maxDocuments: number
  /** What may wait for an authentication or a load to end, over all documents of a socket. */
  readonly maxOpeningFrames: number
  readonly maxOpeningBytes: number
  /** Beyond this, a slow reader gets no presence any more; beyond the second, it is cut off. */
  readonly skipPresenceBytes: number
  readonly maxBufferedBytes: number
  /** A socket that has opened no document by then is closed. */
  readonly authenticationTimeoutMs: number
  /** What may come over a socket without a token, or with bad ones. */
  readonly maxStrangerBytes: number
}

export const defaultSocketLimits: SocketLimits = {
  framesPerSecond: 500,
  frameBurst: 3_000,
  bytesPerSecond: 4 * 1024 * 1024,
  byteBurst: 16 * 1024 * 1024,
  maxThrottledMs: 30_000,
  maxDocuments: 200,
  maxOpeningFrames: 1_000,
  maxOpeningBytes: 12 * 1024 * 1024,
  skipPresenceBytes: 4 * 1024 * 1024,
  maxBufferedBytes: 16 * 1024 * 1024,
  authenticationTimeoutMs: 15_000,
  maxStrangerBytes: 256 * 1024,
}
