import { documentNameOf, maxFrameBytes } from './frames.ts'
import type { LiveConnection } from './live-connection.ts'
import { OpeningChannel } from './opening-channel.ts'
import type { SocketLimits } from './socket-limits.ts'

/** A document connection as its socket sees it: opening, with what waits for that, or open. */
export type Channel =
  | OpeningChannel
  | { readonly state: 'open'; readonly connection: LiveConnection }

/** The document connections of one socket, by address. What waits for those that open is bounded together. */
export class SocketChannels {
  readonly #limits: SocketLimits
  readonly #channels = new Map<string, Channel>()
  #opening = 0
  #heldFrames = 0
  #heldBytes = 0

  constructor(limits: SocketLimits) {
    this.#limits = limits
  }

  get isFull(): boolean {
    return this.#channels.size >= this.#limits.maxDocuments
  }

  get isOpening(): boolean {
    return this.#opening > 0
  }

  /** Whether a token has come for one of them, and was not refused. */
  get hasToken(): boolean {
    return [...this.#channels.values()].some(
      (channel) => channel.state === 'open' || channel.hasToken,
    )
  }

  get openConnections(): LiveConnection[] {
    return [...this.#channels.values()].flatMap((channel) =>
      channel.state === 'open' ? [channel.connection] : [],
    )
  }

  /**
   * Whether no more can be held for a document that is being opened: a client that was offline sends all
   * that it has typed before the document is loaded.
   */
  get isHoldingAll(): boolean {
    const { maxOpeningFrames, maxOpeningBytes } = this.#limits
    const isFull =
      this.#heldFrames >= maxOpeningFrames || this.#heldBytes + maxFrameBytes > maxOpeningBytes
    return (
      isFull &&
      [...this.#channels.values()].some(
        (channel) => channel.state === 'opening' && channel.hasToken,
      )
    )
  }

  find(address: string): Channel | undefined {
    return this.#channels.get(address)
  }

  /** The only one that waits for a document to open: with two it is not told for which of them it was read. */
  findWaiting(documentName: string): OpeningChannel | undefined {
    const waiting = [...this.#channels.values()].filter(
      (channel): channel is OpeningChannel =>
        channel.state === 'opening' &&
        channel.isAuthenticated &&
        documentNameOf(channel.address) === documentName,
    )
    return waiting.length === 1 ? waiting[0] : undefined
  }

  begin(address: string): OpeningChannel {
    const channel = new OpeningChannel(address)
    this.#channels.set(address, channel)
    this.#opening += 1
    return channel
  }

  /** Keeps a frame until the connection is open; says whether there was room for it. */
  hold(channel: OpeningChannel, frame: Uint8Array): boolean {
    const { maxOpeningFrames, maxOpeningBytes } = this.#limits
    this.#heldFrames += 1
    this.#heldBytes += frame.length
    if (this.#heldFrames > maxOpeningFrames || this.#heldBytes > maxOpeningBytes) return false
    // `ws` reuses no memory of a message, but a held frame must not pin a larger buffer.
    channel.frames.push(frame.slice())
    return true
  }

  /** Gives what has waited for it; `undefined` when it was not opening. */
  opened(address: string, connection: LiveConnection): readonly Uint8Array[] | undefined {
    const channel = this.#channels.get(address)
    this.#channels.set(address, { state: 'open', connection })
    if (channel?.state !== 'opening') return undefined
    this.#release(channel)
    return channel.frames
  }

  forget(address: string): void {
    const channel = this.#channels.get(address)
    if (channel?.state === 'opening') this.#release(channel)
    this.#channels.delete(address)
  }

  clear(): void {
    this.#channels.clear()
  }

  #release(channel: OpeningChannel): void {
    this.#opening -= 1
    for (const frame of channel.frames) {
      this.#heldFrames -= 1
      this.#heldBytes -= frame.length
    }
  }
}
