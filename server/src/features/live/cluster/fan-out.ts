import type { NodeId } from '@cloudsync/protocol'
import type { LiveDocument } from '../live-document.ts'
import type { LogPosition } from '../live-documents.ts'
import type { LiveMetrics } from '../live-metrics.ts'
import type { Bus } from './bus.ts'
import { decodeBusMessage, encodeBusMessage, type BusMessage } from './bus-messages.ts'
import { PresenceRelay } from './presence-relay.ts'

export interface FanOutOptions {
  readonly bus: Bus
  readonly serverId: string
  readonly metrics: Pick<LiveMetrics, 'foreignRows'>
  /** Reads from the log what is missing of a document. Never rejects. */
  readonly catchUp: (live: LiveDocument) => Promise<void>
}

/** How long rows that are missing may be on their way, before the log is read for them. */
const graceMs = 50

/** Redis keeps what it sends in memory until each server has read it. */
const maxPublishedBytes = 256 * 1024

/** More than that, of a document that is being loaded, is read from the log. */
const maxHeldMessages = 200

interface UncommittedRow {
  readonly documentId: NodeId
  readonly epoch: number
  readonly payload: Uint8Array
}

/** A document that is about to be followed: what is heard of it waits until it is in memory. */
export interface Following extends Disposable {
  attach(live: LiveDocument): void
}

interface Followed {
  live: LiveDocument | undefined
  readonly held: { readonly sender: string; readonly message: BusMessage }[]
}

/**
 * What this server commits reaches the people on other servers, and the other way round. Only what is
 * committed is ever told: nobody's acknowledged edit can build on one that a crash takes away. A row that
 * does not come by the bus is read from the log.
 */
export class FanOut {
  readonly presence: PresenceRelay
  readonly #options: FanOutOptions
  readonly #followed = new Map<NodeId, Set<Followed>>()
  /** Weak, since an append may end, and miss rows, after its document was given up. */
  readonly #catchUps = new WeakMap<LiveDocument, CatchUp>()

  constructor(options: FanOutOptions) {
    this.#options = options
    this.presence = new PresenceRelay((live, message) => this.#send(live.nodeId, message))
    options.bus.onMessage((documentId, bytes) => this.#receive(documentId, bytes))
    options.bus.onConnected(() => {
      for (const live of this.#documents) this.presence.introduce(live)
    })
  }

  get #documents(): LiveDocument[] {
    return [...this.#followed.values()].flatMap((all) =>
      [...all].flatMap(({ live }) => (live ? [live] : [])),
    )
  }

  /** Tells the other servers of rows that were committed, up to `position`; large ones they read themselves. */
  publish(documentId: NodeId, position: LogPosition, payloads: readonly Uint8Array[]): void {
    const bytes = payloads.reduce((sum, payload) => sum + payload.length, 0)
    const isSmall = bytes <= maxPublishedBytes
    this.#send(documentId, { kind: 'rows', position, payloads: isSmall ? payloads : [] })
  }

  /** Tells them too early, as a control for the tests of durability: a crash may take it away again. */
  publishUncommitted({ documentId, epoch, payload }: UncommittedRow): void {
    this.#send(documentId, { kind: 'uncommitted', epoch, payload })
  }

  /** Hears of a document from now on. Disposed of, it stays followed only if it was attached. */
  follow(documentId: NodeId): Following {
    const followed: Followed = { live: undefined, held: [] }
    const all = this.#followed.get(documentId) ?? new Set()
    this.#followed.set(documentId, all.add(followed))
    this.#options.bus.subscribe(documentId)
    return {
      attach: (live) => {
        followed.live = live
        for (const { sender, message } of followed.held.splice(0)) this.#take(live, sender, message)
        this.presence.introduce(live)
      },
      [Symbol.dispose]: () => {
        if (!followed.live) this.#unfollow(documentId, followed)
      },
    }
  }

  forget(live: LiveDocument): void {
    this.presence.forget(live)
    this.#catchUps.get(live)?.end()
    this.#catchUps.delete(live)
    for (const followed of this.#followed.get(live.nodeId) ?? [])
      if (followed.live === live) this.#unfollow(live.nodeId, followed)
  }

  /** Rows are missing; the log is read for them, unless they come by themselves. */
  missed(live: LiveDocument): void {
    const delayMs = this.#options.bus.isConnected ? graceMs : 0
    this.#catchUpOf(live).request(delayMs, () => live.hasGap)
  }

  /** Reads what is missing now. Resolves when it has been read. */
  catchUp(live: LiveDocument): Promise<void> {
    return this.#catchUpOf(live).run()
  }

  #catchUpOf(live: LiveDocument): CatchUp {
    let catchUp = this.#catchUps.get(live)
    if (!catchUp) {
      catchUp = new CatchUp(() => this.#options.catchUp(live))
      this.#catchUps.set(live, catchUp)
    }
    return catchUp
  }

  #unfollow(documentId: NodeId, followed: Followed): void {
    const all = this.#followed.get(documentId)
    all?.delete(followed)
    if (all?.size !== 0) return
    this.#followed.delete(documentId)
    this.#options.bus.unsubscribe(documentId)
  }

  #send(documentId: NodeId, message: BusMessage): void {
    const { bus, serverId } = this.#options
    if (bus.isConnected) bus.publish(documentId, encodeBusMessage(serverId, message))
  }

  #receive(documentId: NodeId, bytes: Uint8Array): void {
    const received = decodeBusMessage(bytes)
    if (!received || received.sender === this.#options.serverId) return
    for (const { live, held } of this.#followed.get(documentId) ?? []) {
      if (live) this.#take(live, received.sender, received.message)
      else if (held.length < maxHeldMessages) held.push(received)
    }
  }

  #take(live: LiveDocument, sender: string, message: BusMessage): void {
    if (live.document.isDestroyed) return
    switch (message.kind) {
      case 'rows':
        this.#takeRows(live, message.position, message.payloads)
        return
      case 'uncommitted':
        if (message.epoch === live.epoch) live.receiveUncommitted(message.payload)
        return
      case 'presence':
      case 'who':
        this.presence.receive(live, sender, message)
    }
  }

  #takeRows(live: LiveDocument, position: LogPosition, payloads: readonly Uint8Array[]): void {
    this.#options.metrics.foreignRows.inc({ source: 'bus' }, payloads.length)
    if (position.epoch === live.epoch) live.receiveForeign(position, payloads)
    if (position.epoch !== live.epoch || payloads.length === 0)
      this.#catchUpOf(live).request(0, () => !live.isAt(position))
  }
}

/** One reading of the log at a time, per document, however often it is asked for. */
class CatchUp {
  readonly #read: () => Promise<void>
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isAskedAgain = false

  constructor(read: () => Promise<void>) {
    this.#read = read
  }

  request(delayMs: number, isNeeded: () => boolean): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      if (isNeeded()) void this.run()
    }, delayMs).unref()
  }

  /** Resolves when a reading has ended that began after this call. */
  async run(): Promise<void> {
    if (this.#running) {
      this.#isAskedAgain = true
      await this.#running
      return
    }
    this.#running = this.#readUntilDone()
    await this.#running
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  async #readUntilDone(): Promise<void> {
    try {
      do {
        this.#isAskedAgain = false
        await this.#read()
      } while (this.#isAskedAgain)
    } finally {
      this.#running = undefined
    }
  }
}
