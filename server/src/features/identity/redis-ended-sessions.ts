import { sessionIdSchema, userIdSchema, type SessionId } from '@cloudsync/protocol'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { RedisLink } from '#platform/redis/redis-link.ts'
import type { EndedSessions } from './ended-sessions.ts'
import type { SessionEnd } from './sessions.ts'

/** As long as an access token may be good; who comes later asks the database. */
const keptSeconds = 900

const channel = 'cloudsync:session-ended'

const endSchema = z.object({ sessionId: sessionIdSchema, userId: userIdSchema })

/** Ended sessions in a Redis that servers share: a key for each, and a channel. */
export class RedisEndedSessions implements EndedSessions, Disposable {
  readonly #redis: RedisLink
  readonly #log: Logger
  readonly #subscriber: RedisLink['client']
  readonly #listeners: ((end: SessionEnd) => void)[] = []

  private constructor(redis: RedisLink, log: Logger) {
    this.#redis = redis
    this.#log = log
    // A connection that subscribes can do nothing else.
    this.#subscriber = redis.client.duplicate()
  }

  /** Does not wait for Redis. */
  static open(redis: RedisLink, log: Logger): RedisEndedSessions {
    const ended = new RedisEndedSessions(redis, log)
    ended.#listen()
    return ended
  }

  async add(end: SessionEnd): Promise<void> {
    const { client } = this.#redis
    try {
      await this.#redis.run(() =>
        client
          .multi()
          .set(keyOf(end.sessionId), '1', { expiration: { type: 'EX', value: keptSeconds } })
          .publish(channel, JSON.stringify(end))
          .exec(),
      )
    } catch (error) {
      this.#log.debug({ err: error }, 'Redis was not told of the end of a session')
    }
  }

  async has(sessionId: SessionId): Promise<boolean> {
    try {
      return (await this.#redis.run(() => this.#redis.client.exists(keyOf(sessionId)))) > 0
    } catch {
      return false
    }
  }

  onAdded(listener: (end: SessionEnd) => void): void {
    this.#listeners.push(listener)
  }

  [Symbol.dispose](): void {
    this.#subscriber.destroy()
  }

  #listen(): void {
    const subscriber = this.#subscriber
    subscriber.on('error', (error: unknown) => this.#log.debug({ err: error }, 'Redis is away'))
    subscriber.on('ready', () => {
      subscriber.subscribe(channel, this.#receive).catch((error: unknown) => {
        this.#log.debug({ err: error }, 'ends of sessions are not heard from Redis')
      })
    })
    subscriber.connect().catch(() => undefined)
  }

  readonly #receive = (message: string): void => {
    const end = parseEnd(message)
    if (end) for (const listener of this.#listeners) listener(end)
  }
}

function keyOf(sessionId: SessionId): string {
  return `cloudsync:ended:${sessionId}`
}

/** `undefined` for what another version says that we do not understand. */
function parseEnd(message: string): SessionEnd | undefined {
  try {
    return endSchema.safeParse(JSON.parse(message)).data
  } catch {
    return undefined
  }
}
