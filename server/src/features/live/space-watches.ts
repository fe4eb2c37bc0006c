import {
  closeCodes,
  parseSpaceChannel,
  type LiveServerMessage,
  type SessionId,
  type SpaceId,
} from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Access } from '#features/access/index.ts'
import type { Identity } from '#features/identity/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { Caller } from '#platform/http/caller.ts'
import { narrowTo, requireScope } from '#platform/http/scopes.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { authenticateOn } from './authenticate-on.ts'
import { closeOf } from './denial.ts'
import { encodeAuthenticatedFrame, encodeDeniedFrame, encodeStatelessFrame } from './frames.ts'
import type { LivePeople } from './live-people.ts'
import type { LiveSocket } from './live-socket.ts'

export interface SpaceWatchesOptions {
  readonly db: Kysely<Schema>
  readonly identity: Pick<Identity, 'authenticate' | 'cookies' | 'findSessionCaller'>
  readonly access: Access
  readonly people: LivePeople
  readonly log: Logger
}

interface Watch {
  readonly socket: LiveSocket
  readonly address: string
  readonly caller: Caller
  readonly spaceId: SpaceId
}

/** Changes are told together that come so close after one another. */
const gatherMs = 30
/** How soon what another process has changed is seen. */
const pollMs = 250

/**
 * Nudges for those who follow a space: on the channel `space:<id>` of a live socket a client is told the
 * space's last sequence number whenever it has grown. A nudge says that the change feed has news and
 * nothing more, so one that is lost costs time only. The truth is asked of the database, at once after a
 * change of this process and a few times a second for those of others.
 */
export class SpaceWatches {
  readonly #options: SpaceWatchesOptions
  readonly #watches = new Map<LiveSocket, Map<string, Watch>>()
  readonly #seqs = new Map<SpaceId, number>()
  #timer: NodeJS.Timeout | undefined
  #dueAtMs = Infinity
  #isClosed = false

  constructor(options: SpaceWatchesOptions) {
    this.#options = options
  }

  /** Answers the token that came on a space's channel. */
  async open(socket: LiveSocket, address: string, token: string): Promise<void> {
    const spaceId = parseSpaceChannel(address)
    try {
      if (!spaceId) throw new ProblemError('not_found')
      const caller = await authenticateOn(socket, token, this.#options.identity)
      requireScope(caller, 'files:read')
      await this.#options.access.requireSpace(caller.userId, spaceId, 'node.read')
      if (socket.isClosing) return
      if (!this.#add({ socket, address, caller, spaceId })) {
        socket.close(closeCodes.rateLimited)
        return
      }
      socket.follows()
      socket.send(encodeAuthenticatedFrame(address, 'readonly'))
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code === 'unavailable') {
        socket.close(closeCodes.tryAgainLater)
        return
      }
      const isSignedOut = closeOf(error) === closeCodes.signedOut
      const { reason } = isSignedOut ? closeCodes.signedOut : closeCodes.notFound
      socket.send(encodeDeniedFrame(address, reason))
    }
  }

  /** Something was committed by this process. */
  poke(): void {
    if (this.#watches.size > 0) this.#pollIn(gatherMs)
  }

  closed(socket: LiveSocket): void {
    for (const watch of this.#watches.get(socket)?.values() ?? []) this.#forget(watch)
    this.#watches.delete(socket)
  }

  /** Ends the watches of those whose session is over, or who may not read the space any more; of one space, or of all. */
  async review(spaceId?: SpaceId): Promise<void> {
    const watches = [...this.#watches.values()].flatMap((each) => [...each.values()])
    for (const watch of watches) {
      if (spaceId !== undefined && watch.spaceId !== spaceId) continue
      try {
        const { sessionId, userId, scopes } = watch.caller
        const session = await this.#options.identity.findSessionCaller(sessionId)
        if (!session) {
          watch.socket.close(closeCodes.signedOut)
          continue
        }
        requireScope(narrowTo(session, scopes), 'files:read')
        await this.#options.access.requireSpace(userId, watch.spaceId, 'node.read')
      } catch (error) {
        if (!(error instanceof ProblemError) || error.code === 'unavailable') continue
        this.#forget(watch)
        watch.socket.send(encodeDeniedFrame(watch.address, closeCodes.notFound.reason))
      }
    }
  }

  /** Ends the watches of a session that has ended, with their sockets. */
  endSession(sessionId: SessionId): void {
    for (const [socket, watches] of this.#watches)
      for (const watch of watches.values())
        if (watch.caller.sessionId === sessionId) socket.close(closeCodes.signedOut)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#watches.clear()
  }

  /** Gives `false`, and adds nothing, for who has too many. */
  #add(watch: Watch): boolean {
    const { people } = this.#options
    const watches = this.#watches.get(watch.socket) ?? new Map<string, Watch>()
    const former = watches.get(watch.address)
    if (former) this.#forget(former)
    const { userId } = watch.caller
    if (!people.claim(watch.socket, userId) || !people.connect(userId, watch.spaceId)) return false
    this.#watches.set(watch.socket, watches.set(watch.address, watch))
    // What it stands at is told to whoever begins to watch, as it may have changed meanwhile.
    this.#seqs.delete(watch.spaceId)
    this.#pollIn(0)
    return true
  }

  #forget(watch: Watch): void {
    const { socket, address, caller, spaceId } = watch
    const watches = this.#watches.get(socket)
    if (watches?.get(address) !== watch) return
    watches.delete(address)
    this.#options.people.disconnect(caller.userId, spaceId)
  }

  #pollIn(delayMs: number): void {
    const atMs = performance.now() + delayMs
    if (this.#isClosed || atMs >= this.#dueAtMs) return
    clearTimeout(this.#timer)
    this.#dueAtMs = atMs
    this.#timer = setTimeout(() => void this.#poll(), delayMs).unref()
  }

  async #poll(): Promise<void> {
    this.#dueAtMs = Infinity
    const watches = [...this.#watches.values()].flatMap((each) => [...each.values()])
    const spaceIds = [...new Set(watches.map(({ spaceId }) => spaceId))]
    if (spaceIds.length === 0) {
      this.#seqs.clear()
      return
    }
    try {
      const spaces = await this.#options.db
        .selectFrom('spaces')
        .select(['id', 'seq'])
        .where('id', 'in', spaceIds)
        .execute()
      const grown = spaces.filter(({ id, seq }) => this.#seqs.get(id) !== seq)
      for (const { id, seq } of grown) this.#tell(id, seq)
    } catch (error) {
      this.#options.log.debug({ err: error }, 'spaces could not be watched')
    }
    this.#pollIn(pollMs)
  }

  #tell(spaceId: SpaceId, seq: number): void {
    this.#seqs.set(spaceId, seq)
    const message: LiveServerMessage = { type: 'changed', spaceId, seq }
    for (const watches of this.#watches.values())
      for (const { address, socket, ...watch } of watches.values())
        if (watch.spaceId === spaceId)
          socket.send(encodeStatelessFrame(address, JSON.stringify(message)))
  }
}
