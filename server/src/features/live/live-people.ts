import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import { Shares } from '#platform/http/limits/shares.ts'
import { TokenBucket } from './token-bucket.ts'

/** What one person may have at this server, over all of their sockets. */
export interface PersonLimits {
  /** Tabs, devices and embeds. */
  readonly maxSockets: number
  /** To documents and spaces. */
  readonly maxConnections: number
  /** What changes there is sent over each of them. */
  readonly maxConnectionsToOne: number
  /** What waits to be read; beyond it the slowest socket is cut off. */
  readonly maxBufferedBytes: number
  /** A join may send a whole document; a large one counts for several. Above the rate they wait. */
  readonly joinsPerSecond: number
  readonly joinBurst: number
}

export const defaultPersonLimits: PersonLimits = {
  maxSockets: 500,
  maxConnections: 5_000,
  maxConnectionsToOne: 500,
  maxBufferedBytes: 64 * 1024 * 1024,
  joinsPerSecond: 100,
  joinBurst: 1_000,
}

/** What of a socket counts for its person. */
export interface PersonSocket {
  person: LivePerson | undefined
  readonly isClosing: boolean
  /** Bytes that wait for its reader. */
  readonly bufferedBytes: number
  /** Ends it at once, with all that waits in it. */
  cutOff(): void
}

/** Who has sockets here, and what they take together. */
export class LivePeople {
  readonly #limits: PersonLimits
  readonly #people = new Map<UserId, LivePerson>()
  readonly #connections = new Shares()
  readonly #connectionsToOne = new Shares()

  constructor(limits: PersonLimits) {
    this.#limits = limits
  }

  /** From now on a socket is this person's; gives `false`, and leaves it as it is, when they have too many or it ends. */
  claim(socket: PersonSocket, userId: UserId): boolean {
    if (socket.isClosing) return false
    if (socket.person?.userId === userId) return true
    const person = this.#people.get(userId) ?? new LivePerson(userId, this.#limits)
    if (person.sockets.size >= this.#limits.maxSockets) return false
    this.release(socket)
    this.#people.set(userId, person)
    person.sockets.add(socket)
    socket.person = person
    return true
  }

  /** A socket is nobody's any more. */
  release(socket: PersonSocket): void {
    const { person } = socket
    socket.person = undefined
    if (!person) return
    person.sockets.delete(socket)
    if (person.sockets.size === 0) this.#people.delete(person.userId)
  }

  /** Counts a connection to a document or a space in; gives `false`, and counts nothing, when they have too many. */
  connect(userId: UserId, id: NodeId | SpaceId): boolean {
    const { maxConnections, maxConnectionsToOne } = this.#limits
    const toOne = `${userId} ${id}`
    if (this.#connections.of(userId) >= maxConnections) return false
    if (this.#connectionsToOne.of(toOne) >= maxConnectionsToOne) return false
    this.#connections.take(userId)
    this.#connectionsToOne.take(toOne)
    return true
  }

  /** A connection that was counted in has ended. */
  disconnect(userId: UserId, id: NodeId | SpaceId): void {
    this.#connections.giveBack(userId)
    this.#connectionsToOne.giveBack(`${userId} ${id}`)
  }
}

/** One person, over all of their sockets. */
export class LivePerson {
  readonly userId: UserId
  readonly sockets = new Set<PersonSocket>()
  readonly #limits: PersonLimits
  readonly #joins: TokenBucket
  /** What each socket held when it was last looked at, where that was much. */
  #noted = new WeakMap<PersonSocket, number>()
  #notedBytes = 0

  constructor(userId: UserId, limits: PersonLimits) {
    this.userId = userId
    this.#limits = limits
    const { joinsPerSecond: ratePerSecond, joinBurst: burst } = limits
    this.#joins = new TokenBucket({ ratePerSecond, burst, nowMs: performance.now() })
  }

  /** Counts joins, and says for how many milliseconds nothing more may be read of whoever asked for them. */
  takeJoins(count: number): number {
    return this.#joins.take(count, performance.now())
  }

  /** A socket has been sent something, and holds so much. What has been read since is found out when it is too much. */
  noteBuffered(socket: PersonSocket, bytes: number): void {
    this.#notedBytes += bytes - (this.#noted.get(socket) ?? 0)
    this.#noted.set(socket, bytes)
    if (this.#notedBytes > this.#limits.maxBufferedBytes) this.#relieve()
  }

  /** Looks at all sockets anew, and cuts off the slowest, but for the last that holds anything. */
  #relieve(): void {
    this.#noted = new WeakMap()
    this.#notedBytes = 0
    for (const socket of this.sockets) {
      this.#noted.set(socket, socket.bufferedBytes)
      this.#notedBytes += socket.bufferedBytes
    }
    const slowestFirst = [...this.sockets].toSorted(
      (one, other) => other.bufferedBytes - one.bufferedBytes,
    )
    for (const socket of slowestFirst) {
      const bytes = socket.bufferedBytes
      if (this.#notedBytes <= this.#limits.maxBufferedBytes || bytes === this.#notedBytes) return
      this.#notedBytes -= bytes
      this.#noted.delete(socket)
      socket.cutOff()
    }
  }
}
