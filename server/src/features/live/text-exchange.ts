import { scanStateVector } from '@cloudsync/crdt'
import type { ErrorCode, UserId } from '@cloudsync/protocol'
import type { Logger } from 'pino'
import * as Y from 'yjs'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { ClientClaims } from './client-claims.ts'
import type { ClientFolderUpdates } from './folders/client-folder-updates.ts'
import type { FullSpaces } from './full-spaces.ts'
import type { AdmittedExchange, LiveAdmission } from './live-admission.ts'
import type { LiveDocument } from './live-document.ts'
import type { ExchangedText, LogPosition, TextToExchange } from './live-documents.ts'
import type { LiveMetrics } from './live-metrics.ts'
import type { LiveRooms } from './live-rooms.ts'
import type { Quarantine } from './quarantine.ts'
import type { Turns } from './turns.ts'
import { UpdateIntake } from './update-intake.ts'

export interface TextExchangeOptions {
  readonly rooms: LiveRooms
  readonly admission: LiveAdmission
  readonly claims: ClientClaims
  readonly quarantine: Quarantine
  readonly metrics: LiveMetrics
  readonly log: Logger
  readonly fullSpaces: FullSpaces
  readonly turns: Turns
  readonly folderUpdates: ClientFolderUpdates
  /** Reads what other servers have written to a document. Neither rejects. */
  readonly catchUp: (live: LiveDocument) => Promise<void>
  readonly refresh: (live: LiveDocument) => Promise<void>
}

/** What became of an update. */
type Taken =
  | { readonly kind: 'taken'; readonly durable: Promise<unknown> }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody knows: the document has left memory meanwhile. */
  | { readonly kind: 'ended' }

/** How often an answer is put together anew because others write meanwhile. */
const maxAttempts = 20

/** Hocuspocus' form of an origin that is no connection. */
const exchangeOrigin = { source: 'local', skipStoreHooks: true } as const

/**
 * Brings a text and somebody's copy of it together in one request. What they bring takes the way of everybody's
 * updates, and is durable before they are answered; a document that nobody has open and that has not changed leaves memory
 * again.
 */
export class TextExchange {
  readonly #options: TextExchangeOptions

  constructor(options: TextExchangeOptions) {
    this.#options = options
  }

  /**
   * Throws `not_found`, `not_text`, `sealed`, `trashed`, `rate_limited`, `forbidden`, `quota_exceeded`, `bad_request`,
   * `update_refused` and `unavailable`; nothing was taken then, but for `unavailable`, of which nobody knows.
   */
  async exchange(caller: Caller, item: TextToExchange): Promise<ExchangedText> {
    const { admission, rooms } = this.#options
    const { nodeId, stateVector } = item
    const admitted = await admission.admitExchange(caller, nodeId)
    const scan = scanStateVector(stateVector)
    if (scan.kind === 'refused')
      throw new ProblemError('bad_request', { detail: `The state vector: ${scan.reason}` })
    const wasOpen = rooms.findByNode(nodeId) !== undefined
    const live = await rooms.acquire(nodeId)
    try {
      if (item.epoch !== undefined && item.epoch !== live.epoch) throw new ProblemError('sealed')
      await this.#options.refresh(live)
      if (item.update.length > 0) await this.#takeUpdate(live, caller, admitted, item.update)
      return await this.#answer(live, stateVector)
    } finally {
      rooms.release(live)
      // What has changed is read once more soon, for its size.
      if (!wasOpen && live.isAsLoaded) rooms.unloadIdle(live)
    }
  }

  async #takeUpdate(
    live: LiveDocument,
    { userId }: Caller,
    admitted: AdmittedExchange,
    update: Uint8Array,
  ): Promise<void> {
    const taken = await this.#take(live, userId, admitted, update)
    switch (taken.kind) {
      case 'taken':
        await taken.durable.catch((error: unknown) => {
          throw new ProblemError('unavailable', { cause: error })
        })
        return
      case 'refused': {
        const code = refusalCodes[taken.reason] ?? 'update_refused'
        throw new ProblemError(code, { extensions: { reason: taken.reason } })
      }
      case 'ended':
        throw new ProblemError('unavailable')
    }
  }

  async #take(
    live: LiveDocument,
    userId: UserId,
    { canEdit, spaceId }: AdmittedExchange,
    update: Uint8Array,
  ): Promise<Taken> {
    const { admission, fullSpaces, rooms, turns } = this.#options
    let taken: Taken = { kind: 'ended' }
    const refuse = (reason: string) => (taken = { kind: 'refused', reason })
    const intake = new UpdateIntake(
      {
        ...this.#options,
        address: live.document.name,
        origin: exchangeOrigin,
        live,
        member: { userId },
        canEdit,
        spaceId,
        isReturning: false,
        isSpaceFull: (id) => fullSpaces.has(id),
        socket: {
          isClosing: false,
          isCurrent: (document) => rooms.isCurrent(document),
          charge: () => undefined,
          close: () => undefined,
          send: () => undefined,
        },
        onRefused: () => admission.refused(userId, live.nodeId),
        evict: (reason) => rooms.evict(live, reason),
        catchUp: () => this.#options.catchUp(live),
        turnsOf: (who, document) => ({
          inTurn: (work) => turns.run(who, work),
          asJob: (job) => turns.runJob(who, job),
          isCurrent: () => rooms.isCurrent(document),
        }),
      },
      {
        owner: `user:${userId}`,
        presence: { ownId: undefined },
        bringsOwn: true,
        sendAway: () => undefined,
        acknowledgements: {
          // A gap is refused here, and never asked about.
          isResyncing: false,
          holdForResync: () => undefined,
          refuse: (_frame, reason) => refuse(reason),
          take: (_frame, durable) => (taken = { kind: 'taken', durable }),
        },
      },
    )
    // With all that the server lacks, as a connection answers a SyncStep1.
    await intake.receive(update, 'state')
    intake.close()
    return taken
  }

  /** What is beyond a state vector, with the position at which just that is durable. */
  async #answer(live: LiveDocument, stateVector: Uint8Array): Promise<ExchangedText> {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      if (!this.#options.rooms.isCurrent(live)) break
      const before = live.foreignRows
      const update = Y.encodeStateAsUpdate(live.document, stateVector)
      const position = await durablePosition(live)
      if (live.foreignRows === before && live.position.seq >= position.seq)
        return { update, position }
    }
    throw new ProblemError('unavailable')
  }
}

/** What a refusal is called where it is about more than the update. */
const refusalCodes: Readonly<Record<string, ErrorCode>> = {
  read_only: 'forbidden',
  space_full: 'quota_exceeded',
  too_large: 'too_large',
}

async function durablePosition(live: LiveDocument): Promise<LogPosition> {
  try {
    return await live.settled()
  } catch (error) {
    throw new ProblemError('unavailable', { cause: error })
  }
}
