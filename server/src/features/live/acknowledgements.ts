import type { IdRange } from '@cloudsync/crdt'
import { closeCodes, type LiveServerMessage } from '@cloudsync/protocol'
import * as Y from 'yjs'
import { encodeStatelessFrame, encodeSyncStatusFrame } from './frames.ts'
import type { LiveDocument } from './live-document.ts'
import type { LogPosition } from './live-documents.ts'
import type { LiveSocket } from './live-socket.ts'

export interface AcknowledgementsOptions {
  readonly socket: LiveSocket
  readonly live: LiveDocument
  readonly address: string
  /** `memory` acknowledges before the commit, as a control for the tests of durability. */
  readonly mode: 'durable' | 'memory'
}

/** A sync frame that was taken. */
export interface TakenFrame {
  /** Its place among the sync frames of the connection, from 1. */
  readonly ordinal: number
  /** Whether it answers a SyncStep1 of ours: the state that the client brings. */
  readonly isState: boolean
  /** What it brought; all of it must be in the document before the frame is acknowledged. */
  readonly structs: readonly IdRange[]
}

interface DurableFrame extends TakenFrame {
  readonly position: LogPosition
  /**
   * `seen`: all that it builds on was in the document when it was applied, and so stands before it in
   * the log. `unseen`: not yet. `confirming`: it is now, and what it builds on becomes durable.
   */
  visibility: 'seen' | 'unseen' | 'confirming'
}

/** A stock provider that never answers our SyncStep1 must get its acknowledgements some time. */
const gateTimeoutMs = 5_000

/**
 * When one document connection is told what: a SyncStatus per sync frame for stock clients, and `saved`
 * with the count of frames for those who watch. Never before the row of a frame is committed, and in the
 * order of the frames.
 *
 * Acknowledgements are held from a client's SyncStep1 until its SyncStep2 is durable: the stock provider
 * resets its count of unsynced changes at the first and has sent updates in between.
 */
export class Acknowledgements {
  readonly #options: AcknowledgementsOptions
  /** What is durable and not acknowledged yet, in the order of its coming. */
  readonly #durable: DurableFrame[] = []
  #settled = 0
  #position: LogPosition
  #isWatched = false
  #isSavedScheduled = false
  #gate: { held: number; readonly timer: NodeJS.Timeout; readonly isResync: boolean } | undefined
  #isClosed = false

  constructor(options: AcknowledgementsOptions) {
    this.#options = options
    this.#position = options.live.position
  }

  /** Whether the client was asked for its whole state because an update of it left a gap. */
  get isResyncing(): boolean {
    return this.#gate?.isResync ?? false
  }

  /** From now on the client is told `saved` too. */
  watch(): void {
    this.#isWatched = true
    this.#scheduleSaved()
  }

  /** Acknowledges a frame when `durable` resolves; when it rejects, the document is given up anyway. */
  take(frame: TakenFrame, durable: Promise<LogPosition>): void {
    if (this.#options.mode === 'memory') {
      durable.catch(() => undefined)
      this.#acknowledge(frame, this.#options.live.position)
      return
    }
    const visibility = this.#isVisible(frame) ? 'seen' : 'unseen'
    durable.then(
      (position) => {
        this.#durable.push({ ...frame, position, visibility })
        this.acknowledgeVisible()
      },
      () => undefined,
    )
  }

  /**
   * Acknowledges what is durable and seen by a reader, in order. What builds on structs that were
   * stripped from somebody's update is stored, but no reader sees it before their owner brings them: its
   * acknowledgement, and all behind it, waits until they are durable too.
   */
  acknowledgeVisible(): void {
    for (let next = this.#durable[0]; next; next = this.#durable[0]) {
      if (next.visibility === 'unseen' && this.#isVisible(next)) this.#confirm(next)
      if (next.visibility === 'unseen') this.#options.live.hasUnseen = true
      if (next.visibility !== 'seen') return
      this.#durable.shift()
      this.#acknowledge(next, next.position)
    }
  }

  #isVisible({ structs }: TakenFrame): boolean {
    const { store } = this.#options.live.document
    return structs.every(({ client, clock, length }) => Y.getState(store, client) >= clock + length)
  }

  /** Waits for what has just made a frame visible: it is applied now, and logged in the same turn. */
  #confirm(frame: DurableFrame): void {
    frame.visibility = 'confirming'
    queueMicrotask(() => {
      this.#options.live.settled().then(
        () => {
          frame.visibility = 'seen'
          this.acknowledgeVisible()
        },
        () => undefined,
      )
    })
  }

  /** Says that a frame was not taken. It counts as settled when all before it are. */
  refuse(frame: TakenFrame, reason: string): void {
    this.#sendStatus(false)
    this.#say({ type: 'refused', reason })
    this.#options.live.settled().then(
      () => {
        this.#settled = Math.max(this.#settled, frame.ordinal)
        if (frame.isState) this.#openGate()
        this.#scheduleSaved()
      },
      () => undefined,
    )
  }

  /** Holds acknowledgements until the client's state is durable. */
  hold(): void {
    this.#closeGate(false)
  }

  /** As `hold`, for a frame that was dropped: the state that the client is asked for holds it too. */
  holdForResync(): void {
    if (!this.isResyncing) this.#closeGate(true)
    if (this.#gate) this.#gate.held += 1
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#gate?.timer)
  }

  #acknowledge({ ordinal, isState }: TakenFrame, position: LogPosition): void {
    if (this.#isClosed) return
    this.#settled = Math.max(this.#settled, ordinal)
    if (position.seq > this.#position.seq) this.#position = position
    if (this.#gate) {
      this.#gate.held += 1
      if (isState) this.#openGate()
    } else {
      this.#sendStatus(true)
    }
    this.#scheduleSaved()
  }

  #closeGate(isResync: boolean): void {
    clearTimeout(this.#gate?.timer)
    this.#gate = {
      held: this.#gate?.held ?? 0,
      timer: setTimeout(() => this.#gateTimedOut(), gateTimeoutMs).unref(),
      isResync: isResync || this.isResyncing,
    }
  }

  #gateTimedOut(): void {
    // An update that was dropped must never be acknowledged: start over.
    if (this.isResyncing) this.#options.socket.close(closeCodes.tryAgainLater)
    else this.#openGate()
  }

  #openGate(): void {
    const held = this.#gate?.held ?? 0
    clearTimeout(this.#gate?.timer)
    this.#gate = undefined
    if (this.#isClosed) return
    for (let sent = 0; sent < held; sent += 1) this.#sendStatus(true)
    this.#scheduleSaved()
  }

  /** One `saved` for all acknowledgements of the same commit. */
  #scheduleSaved(): void {
    if (!this.#isWatched || this.#gate || this.#isSavedScheduled) return
    this.#isSavedScheduled = true
    queueMicrotask(() => {
      this.#isSavedScheduled = false
      if (this.#isClosed || this.#gate) return
      this.#say({ type: 'saved', ...this.#position, received: this.#settled })
    })
  }

  #sendStatus(taken: boolean): void {
    this.#options.socket.send(encodeSyncStatusFrame(this.#options.address, taken))
  }

  #say(message: LiveServerMessage): void {
    this.#options.socket.send(encodeStatelessFrame(this.#options.address, JSON.stringify(message)))
  }
}
