import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '@redis/client'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { Breaker } from '../resilience/breaker.ts'

export interface RedisLinkOptions {
  readonly url: string
  readonly log: Logger
  readonly metrics: Registry
}

type RedisClient = ReturnType<typeof makeClient>

/** Redis answers in less than a millisecond; a request does not wait longer than this for it. */
const patienceMs = 250
const maxReconnectMs = 1_000
const silenceMs = 6_000

/**
 * A connection to Redis for what can do without it. It connects by itself, again and again; a command while
 * Redis is away or hangs fails, at once after the first few.
 */
export class RedisLink implements AsyncDisposable {
  readonly client: RedisClient
  readonly #breaker: Breaker

  private constructor(client: RedisClient, metrics: Registry) {
    this.client = client
    this.#breaker = new Breaker({ name: 'redis', metrics })
  }

  /** Does not wait for Redis: a server starts without it. */
  static open(options: RedisLinkOptions): RedisLink {
    const client = makeClient(options.url)
    client.on('error', (error: unknown) => options.log.debug({ err: error }, 'Redis is away'))
    client.connect().catch(() => undefined)
    return new RedisLink(client, options.metrics)
  }

  /** Throws what the command fails with, or that it took too long, or `BreakerOpenError`. */
  run<T>(command: () => Promise<T>): Promise<T> {
    return this.#breaker.run(() => withPatience(command()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy()
  }
}

function makeClient(url: string) {
  return createClient({
    url,
    pingInterval: silenceMs / 3,
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
    // By default each command starts a timer of its own that runs out even when it is long answered.
    commandOptions: { timeout: 0 },
    socket: {
      connectTimeout: silenceMs,
      socketTimeout: silenceMs,
      reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, maxReconnectMs),
    },
  })
}

async function withPatience<T>(answer: Promise<T>): Promise<T> {
  const answered = new AbortController()
  const late = pause(patienceMs, undefined, { signal: answered.signal, ref: false }).then(() => {
    throw new Error('Redis took too long')
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    answered.abort()
    late.catch(() => undefined)
  }
}
