import type { WebSocket } from 'ws'
import type { SocketLimits } from './socket-limits.ts'
import { TokenBucket } from './token-bucket.ts'

export interface SocketReaderOptions {
  readonly ws: Pick<WebSocket, 'pause' | 'resume' | 'isPaused'>
  readonly limits: SocketLimits
  /** Takes the next frame. It may charge more for it. */
  readonly take: (frame: Uint8Array) => void
  /** Whether no more can be taken until `goOn`. */
  readonly mustWait: () => boolean
  /** Called when a socket had to be slowed down for too long without a break. */
  readonly onFlood: () => void
}

interface UnreadFrame {
  readonly frame: Uint8Array
  /** Whether it has counted against the rate already. */
  readonly isCounted: boolean
}

/** How long the frames of one socket may keep everybody else waiting. A frame is never parted. */
const maxTurnMs = 5

/**
 * Reads one socket no faster than its limits, in short turns. One read of the network brings up to thousands
 * of frames, which a paused socket still gives: what is above the rate, or would make a turn too long, waits
 * here, and the rest of a flood in the sender's own memory.
 */
export class SocketReader {
  readonly #options: SocketReaderOptions
  readonly #frames: TokenBucket
  readonly #bytes: TokenBucket
  #unread: UnreadFrame[] = []
  #throttledSince: number | undefined
  /** How long nothing more may be read, by the last count. */
  #owedMs = 0
  /** Why nothing is read just now: until the next turn, or until `goOn`. */
  #waitsFor: 'turn' | 'room' | undefined
  #isStopped = false

  constructor(options: SocketReaderOptions) {
    const { framesPerSecond, frameBurst, bytesPerSecond, byteBurst } = options.limits
    const nowMs = performance.now()
    this.#options = options
    this.#frames = new TokenBucket({ ratePerSecond: framesPerSecond, burst: frameBurst, nowMs })
    this.#bytes = new TokenBucket({ ratePerSecond: bytesPerSecond, burst: byteBurst, nowMs })
  }

  /** Whether the socket is read slower than it sends; it cannot answer a ping then. */
  get isPaused(): boolean {
    return this.#options.ws.isPaused
  }

  /** Takes a frame that has come, as soon as may be. */
  push(frame: Uint8Array): void {
    this.#unread.push({ frame, isCounted: false })
    if (!this.#waitsFor) this.#read()
  }

  /** Takes frames again, before all others, that could not be handled when they came. */
  putBack(frames: readonly Uint8Array[]): void {
    this.#unread = [...frames.map((frame) => ({ frame, isCounted: true })), ...this.#unread]
    if (this.#waitsFor === 'turn') return
    this.#waitsFor = undefined
    this.#read()
  }

  /** Reads on where no more could be taken. */
  goOn(): void {
    if (this.#waitsFor !== 'room') return
    this.#waitsFor = undefined
    this.#read()
  }

  /** Counts work beyond that of a frame, in frames, and reads nothing more for `owedMs`. */
  charge(frames: number, owedMs = 0): void {
    this.#count(frames, 0)
    this.#owedMs = Math.max(this.#owedMs, owedMs)
  }

  /** Takes nothing any more. */
  stop(): void {
    this.#isStopped = true
    this.#unread = []
  }

  /** Takes what has come, for one turn. */
  #read(): void {
    const started = performance.now()
    this.#owedMs = 0
    if (this.#isOutOfRoom()) return
    for (let next = this.#unread.shift(); next && !this.#isStopped; next = this.#unread.shift()) {
      if (!next.isCounted) this.#count(1, next.frame.length)
      this.#options.take(next.frame)
      if (this.#isStopped) break
      const isTurnOver = this.#unread.length > 0 && performance.now() - started > maxTurnMs
      if (this.#owedMs > 0 || isTurnOver) {
        this.#waitForTurn()
        return
      }
      if (this.#isOutOfRoom()) return
    }
    this.#options.ws.resume()
  }

  /** Waits for `goOn` where no more can be taken. */
  #isOutOfRoom(): boolean {
    if (!this.#options.mustWait()) return false
    this.#waitsFor = 'room'
    this.#options.ws.pause()
    return true
  }

  /** Reads on when what was taken is paid for, or in the next turn. */
  #waitForTurn(): void {
    this.#waitsFor = 'turn'
    this.#options.ws.pause()
    const goOn = () => {
      this.#waitsFor = undefined
      this.#read()
    }
    if (this.#owedMs > 0) setTimeout(goOn, this.#owedMs).unref()
    else setImmediate(goOn)
  }

  #count(frames: number, bytes: number): void {
    const nowMs = performance.now()
    this.#owedMs = Math.max(this.#frames.take(frames, nowMs), this.#bytes.take(bytes, nowMs))
    if (this.#owedMs === 0) {
      if (this.#frames.isHalfFull && this.#bytes.isHalfFull) this.#throttledSince = undefined
      return
    }
    this.#throttledSince ??= nowMs
    if (nowMs - this.#throttledSince > this.#options.limits.maxThrottledMs) this.#options.onFlood()
  }
}
