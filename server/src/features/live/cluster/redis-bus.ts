import type { NodeId } from '@cloudsync/protocol'
import { createClient } from '@redis/client'
import type { Logger } from 'pino'
import type { Bus } from './bus.ts'

export interface RedisBusOptions {
  readonly url: string
  readonly log: Logger
}

const prefix = 'cloudsync:'

/** A partition shows as silence: a ping has no answer. */
const pingMs = 2_000
const silenceMs = 6_000
const maxReconnectMs = 1_000

/** Commands that wait for a slow Redis; what is beyond is dropped, and read from the database. */
const maxWaiting = 10_000

/**
 * Publish and subscribe by Redis, a channel per document. Two connections, since one that subscribes can
 * do nothing else. It never fails: while Redis is away nothing is sent, and on its return everything is
 * subscribed again.
 */
export class RedisBus implements Bus {
  readonly #publisher
  readonly #subscriber
  readonly #log: Logger
  readonly #wanted = new Set<string>()
  readonly #onMessage: ((documentId: NodeId, message: Uint8Array) => void)[] = []
  readonly #onConnected: (() => void)[] = []
  #isClosed = false

  private constructor({ url, log }: RedisBusOptions) {
    this.#log = log
    const options = {
      url,
      pingInterval: pingMs,
      disableOfflineQueue: true,
      commandsQueueMaxLength: maxWaiting,
      // By default each command starts a timer of its own that runs out even when it is long answered.
      commandOptions: { timeout: 0 },
      socket: {
        connectTimeout: silenceMs,
        socketTimeout: silenceMs,
        reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, maxReconnectMs),
      },
    }
    this.#publisher = createClient(options)
    this.#subscriber = createClient(options)
    for (const client of [this.#publisher, this.#subscriber]) {
      client.on('error', (error: unknown) => log.debug({ err: error }, 'Redis is away'))
      client.on('ready', () => this.#ready())
    }
  }

  /** Does not wait for Redis: a server starts without it. */
  static open(options: RedisBusOptions): RedisBus {
    const bus = new RedisBus(options)
    for (const client of [bus.#publisher, bus.#subscriber])
      client.connect().catch((error: unknown) => {
        if (!bus.#isClosed) options.log.warn({ err: error }, 'Redis cannot be used')
      })
    return bus
  }

  get isConnected(): boolean {
    return this.#publisher.isReady && this.#subscriber.isReady
  }

  subscribe(documentId: NodeId): void {
    this.#wanted.add(prefix + documentId)
    if (this.#subscriber.isReady) this.#subscribe(prefix + documentId)
  }

  unsubscribe(documentId: NodeId): void {
    const channel = prefix + documentId
    if (!this.#wanted.delete(channel) || !this.#subscriber.isReady) return
    this.#subscriber.unsubscribe(channel, this.#receive, true).catch(() => undefined)
  }

  publish(documentId: NodeId, message: Uint8Array): void {
    if (!this.#publisher.isReady) return
    this.#publisher.publish(prefix + documentId, Buffer.from(message)).catch(() => undefined)
  }

  onMessage(listener: (documentId: NodeId, message: Uint8Array) => void): void {
    this.#onMessage.push(listener)
  }

  onConnected(listener: () => void): void {
    this.#onConnected.push(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    for (const client of [this.#publisher, this.#subscriber]) client.destroy()
  }

  #ready(): void {
    if (!this.isConnected) return
    this.#log.info('Redis is connected')
    if (this.#wanted.size > 0) this.#subscribe([...this.#wanted])
    for (const listener of this.#onConnected) listener()
  }

  #subscribe(channels: string | string[]): void {
    this.#subscriber.subscribe(channels, this.#receive, true).catch((error: unknown) => {
      this.#log.debug({ err: error }, 'a channel of Redis could not be subscribed')
    })
  }

  readonly #receive = (message: Buffer, channel: Buffer): void => {
    const documentId = channel.toString('latin1').slice(prefix.length) as NodeId
    for (const listener of this.#onMessage) listener(documentId, message)
  }
}
