import {
  closeCodes,
  parseSpaceChannel,
  type LiveServerMessage,
  type SessionId,
  type SpaceId,
} from '@cloudsync/protocol'
import type { Access } from '#features/access/index.ts'
import type { Identity } from '#features/identity/index.ts'
import type { Caller } from '#platform/http/caller.ts'
import { narrowTo, requireScope } from '#platform/http/scopes.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { authenticateOn } from './authenticate-on.ts'
import { closeOf } from './denial.ts'
import { encodeAuthenticatedFrame, encodeDeniedFrame, encodeStatelessFrame } from './frames.ts'
import type { LivePeople } from './live-people.ts'
import type { LiveSocket } from './live-socket.ts'
import type { SpaceSeqs } from './space-seqs.ts'

export interface SpaceWatchesOptions {
  readonly seqs: SpaceSeqs
  readonly identity: Pick<Identity, 'authenticate' | 'cookies' | 'findSessionCaller'>
  readonly access: Access
  readonly people: LivePeople
}

interface Watch {
  readonly socket: LiveSocket
  readonly address: string
  readonly caller: Caller
  readonly spaceId: SpaceId
  following?: Disposable
}

/**
 * Nudges for those who follow a space: on the channel `space:<id>` of a live socket a client is told the
 * space's last sequence number whenever it has grown. A nudge says that the change feed has news and
 * nothing more, so one that is lost costs time only.
 */
export class SpaceWatches {
  readonly #options: SpaceWatchesOptions
  readonly #watches = new Map<LiveSocket, Map<string, Watch>>()

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
    for (const watches of this.#watches.values())
      for (const watch of watches.values()) watch.following?.[Symbol.dispose]()
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
    const { address, socket, spaceId } = watch
    watch.following = this.#options.seqs.follow(spaceId, (seq) => {
      const message: LiveServerMessage = { type: 'changed', spaceId, seq }
      socket.send(encodeStatelessFrame(address, JSON.stringify(message)))
    })
    return true
  }

  #forget(watch: Watch): void {
    const { socket, address, caller, spaceId } = watch
    const watches = this.#watches.get(socket)
    if (watches?.get(address) !== watch) return
    watches.delete(address)
    watch.following?.[Symbol.dispose]()
    this.#options.people.disconnect(caller.userId, spaceId)
  }
}
