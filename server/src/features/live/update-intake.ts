import { stripClients, type IdRange, type UpdateScan } from '@cloudsync/crdt'
import { closeCodes, type SpaceId, type UserId } from '@cloudsync/protocol'
import type { Logger } from 'pino'
import * as Y from 'yjs'
import type { Acknowledgements, TakenFrame } from './acknowledgements.ts'
import type { ClaimOwner, ClientClaims } from './client-claims.ts'
import type { ClientFolderUpdates } from './folders/client-folder-updates.ts'
import { findForeignClients } from './foreign-clients.ts'
import { encodeSyncFrame, syncSteps } from './frames.ts'
import type { LiveDocument } from './live-document.ts'
import type { LiveMember } from './live-member.ts'
import type { LiveMetrics } from './live-metrics.ts'
import type { LiveSocket } from './live-socket.ts'
import type { Presence } from './presence.ts'
import type { Quarantine } from './quarantine.ts'
import { isQuick, isTooCostly, takeInTurns, type TurnsOfConnection } from './text-work.ts'
import { admitUpdate, lacksSomething, waitsForOthers, type UpdateStep } from './update-admission.ts'

export interface UpdateIntakeOptions {
  /** Under which the document is spoken of. */
  readonly address: string
  /** Of the transactions in which updates are applied. */
  readonly origin: unknown
  readonly live: LiveDocument
  readonly socket: Pick<LiveSocket, 'charge' | 'close' | 'isClosing' | 'isCurrent' | 'send'>
  readonly member: Pick<LiveMember, 'userId'>
  readonly canEdit: boolean
  /** Where the node lies. */
  readonly spaceId: SpaceId
  /** Whether a space is so full that such a document takes nothing more. */
  readonly isSpaceFull: (spaceId: SpaceId) => boolean
  /** The node lies in the trash: only edits that were made before that was seen are taken. */
  readonly isReturning: boolean
  readonly claims: ClientClaims
  readonly quarantine: Quarantine
  readonly metrics: LiveMetrics
  readonly log: Logger
  /** Tells that an update was refused, or too many were repaired, for the user's back-off. */
  readonly onRefused: (reason: string) => void
  /** Gives the document up: what is in memory may differ from the log. */
  readonly evict: (reason: 'apply_failed' | 'append_failed') => void
  /** Reads what other servers have written to the document. Never rejects. */
  readonly catchUp: () => Promise<void>
  readonly folderUpdates: ClientFolderUpdates
  /** For what takes long to apply. */
  readonly turnsOf: (userId: UserId, live: LiveDocument) => TurnsOfConnection
}

/** What the connection has besides. */
export interface UpdateIntakeParts {
  readonly owner: ClaimOwner
  readonly acknowledgements: Pick<
    Acknowledgements,
    'holdForResync' | 'isResyncing' | 'refuse' | 'take'
  >
  readonly presence: Pick<Presence, 'ownId'>
  /**
   * All that comes counts as the sender's own: client ids that nobody has used become theirs, and an update with what
   * others have claimed, or that builds on what is missing, is refused. Otherwise updates may carry what others wrote,
   * which is cut out, and wait for what is missing.
   */
  readonly bringsOwn: boolean
  /** Tells that the node went to the trash, and ends the connection. */
  readonly sendAway: () => void
}

/** How often a connection may be asked for its whole state because an update left a gap. */
const maxResyncs = 5

/** Updates that break a rule of the folder, of one connection. */
const maxRepairsPerMinute = 20

/**
 * What becomes of the updates of one connection. An update is scanned, stripped of what belongs to others,
 * applied (Hocuspocus sends it on), logged, and acknowledged when its row is committed:
 *
 *     receive ─▶ scan ─▶ claims ─▶ apply ─▶ append ─▶ acknowledge
 *
 * Only the question for the owner of a new client id waits for the database.
 */
export class UpdateIntake {
  /** What this person may do from the next update on. */
  canEdit: boolean
  /** Where the node lies. */
  spaceId: SpaceId
  readonly #options: UpdateIntakeOptions
  readonly #parts: UpdateIntakeParts
  readonly #live: LiveDocument
  readonly #socket: UpdateIntakeOptions['socket']
  readonly #member: UpdateIntakeOptions['member']
  #isReturning: boolean
  /** Sync frames received. */
  #received = 0
  #resyncs = 0
  /** Whether the log was read for what other servers have written, once. */
  #isCaughtUp = false
  /** Updates of this connection that needed repairs, in the last minute. */
  #repairedAtMs: number[] = []
  #isClosed = false

  constructor(options: UpdateIntakeOptions, parts: UpdateIntakeParts) {
    this.#options = options
    this.#parts = parts
    this.#live = options.live
    this.#socket = options.socket
    this.#member = options.member
    this.canEdit = options.canEdit
    this.spaceId = options.spaceId
    this.#isReturning = options.isReturning
  }

  /** Takes nothing any more. */
  close(): void {
    this.#isClosed = true
  }

  /** Takes an update, or says no. Resolves when the next frame may be handled. */
  receive(payload: Uint8Array, step: UpdateStep): void | Promise<void> {
    this.#received += 1
    return this.#judgeUpdate(payload, step)
  }

  #judgeUpdate(payload: Uint8Array, step: UpdateStep): void | Promise<void> {
    const admission = admitUpdate(this.#live, payload, step, this.#mayWrite)
    const isBehind = this.#parts.bringsOwn && waitsForOthers(this.#live, admission)
    if (step === 'state' && (isBehind || lacksSomething(admission)) && !this.#isCaughtUp)
      return this.#catchUpWith(payload)
    if (isBehind) return this.#refuseUpdate(payload, 'causal_gap')
    switch (admission.kind) {
      case 'known':
        if (this.#isReturning && step === 'state') this.#parts.sendAway()
        return this.#settleKnown(step, admission.waiting)
      case 'read_only':
        return this.#refuseReadOnly(step)
      case 'gap':
        return this.#askAgain(payload, step)
      case 'refused':
        return this.#refuseUpdate(payload, admission.reason)
      case 'admitted':
        return this.#receiveAdmitted(payload, step, admission.scan, admission.newClients)
    }
  }

  /** Whoever comes from another server may hold what it had and this one lacks yet; the log has it. */
  async #catchUpWith(payload: Uint8Array): Promise<void> {
    this.#isCaughtUp = true
    const own = payload.slice()
    await this.#options.catchUp()
    if (this.#isClosed || this.#socket.isClosing || !this.#socket.isCurrent(this.#live)) return
    await this.#judgeUpdate(own, 'state')
  }

  #receiveAdmitted(
    payload: Uint8Array,
    step: UpdateStep,
    scan: UpdateScan,
    clients: readonly number[],
  ): void | Promise<void> {
    if (this.#parts.bringsOwn) this.#reserve(clients)
    // A reservation is not enough: what is stored under an id must be claimed in the database too.
    if (clients.every((client) => this.#live.claims.get(client) === this.#parts.owner))
      return this.#take(payload, scan, step, [])
    return findForeignClients(this.#live, clients, this.#parts.owner, this.#options.claims).then(
      (foreign) => {
        if (this.#isClosed || this.#socket.isClosing || !this.#socket.isCurrent(this.#live)) return
        if (foreign.length > 0 && this.#parts.bringsOwn && !this.#isCaughtUp)
          return this.#catchUpWith(payload)
        // The right may have gone while the database was asked.
        if (this.#mayWrite) return this.#take(payload, scan, step, foreign)
        this.#refuseReadOnly(step)
      },
    )
  }

  /** Who is the first to write under a client id has it from then on. */
  #reserve(clients: readonly number[]): void {
    const { claims, document, reservations } = this.#live
    for (const client of clients)
      if (Y.getState(document.store, client) === 0 && !claims.has(client))
        if (!reservations.has(client)) reservations.set(client, this.#parts.owner)
  }

  /** Applies and logs an update, less what belongs to others. */
  #take(
    payload: Uint8Array,
    scan: UpdateScan,
    step: UpdateStep,
    foreign: readonly number[],
  ): void | Promise<void> {
    // A peer may bring what others wrote, but nobody is told that own words are safe which are not taken.
    const { bringsOwn, presence } = this.#parts
    const isOwn = (client: number) => bringsOwn || client === presence.ownId
    if (foreign.some(isOwn)) {
      this.#refuseUpdate(payload, 'foreign_client')
      return
    }
    // The payload is a view of the socket's memory; the log needs bytes of its own.
    this.#isReturning = false
    const own = foreign.length === 0 ? payload.slice() : stripClients(payload, foreign)
    if (foreign.length > 0) this.#quarantine(payload, 'foreign_client', foreign)
    const taken = scan.structs.filter((range) => !foreign.includes(range.client))
    this.#options.metrics.updates.inc()
    const accepted = this.#frame(step, taken)
    if (this.#live.kind === 'folder') return this.#takeIntoFolder(own, scan, accepted)
    if (!isQuick(this.#live, own, scan)) return this.#takeInTurns(own, accepted)
    if (!this.#apply(own)) return
    this.#accept(taken)
    this.#parts.acknowledgements.take(accepted, this.#live.append(own, this.#member.userId))
  }

  /**
   * Others are served between the pieces of what takes long. Pieces that came before one that is refused
   * stay: they are as good as if they had been sent alone.
   */
  async #takeInTurns(own: Uint8Array, frame: TakenFrame): Promise<void> {
    let durable = this.#live.settled()
    const turns = this.#options.turnsOf(this.#member.userId, this.#live)
    const outcome = await takeInTurns(this.#live, own, turns, (piece) => {
      if (this.#isClosed || this.#socket.isClosing || !this.#socket.isCurrent(this.#live))
        return 'ended'
      if (!this.#mayWrite) return 'read_only'
      if (!this.#apply(piece.update)) return 'ended'
      durable = this.#live.append(piece.update, this.#member.userId)
      // Whatever becomes of the rest, what waits is not taken again under the same ids.
      if (piece.isWaiting) this.#accept(frame.structs)
      this.#socket.charge(piece.steps)
      return 'taken'
    })
    if (outcome === 'too_costly') this.#refuseUpdate(own, outcome)
    else if (outcome === 'read_only') this.#parts.acknowledgements.refuse(frame, this.#whyReadOnly)
    if (outcome === 'taken') this.#parts.acknowledgements.take(frame, durable)
  }

  /** People here see it at once; the log keeps the order in which updates were applied. */
  #apply(own: Uint8Array): boolean {
    try {
      Y.applyUpdate(this.#live.document, own, this.#options.origin)
    } catch (error) {
      // Half of it may be applied; only the log knows what is true.
      this.#options.log.error(
        { err: error, document: this.#options.address },
        'update could not be applied',
      )
      this.#quarantine(own, 'apply_failed', [])
      this.#options.evict('apply_failed')
      return false
    }
    return true
  }

  /** Nobody sees it before its transaction has judged and written it. */
  #takeIntoFolder(own: Uint8Array, scan: UpdateScan, frame: TakenFrame): void {
    if (isTooCostly(this.#live, own, scan)) return this.#refuseUpdate(own, 'too_costly')
    this.#accept(frame.structs)
    const { evict, folderUpdates, log, origin } = this.#options
    const written = folderUpdates
      .take({
        folderId: this.#live.nodeId,
        actorId: this.#member.userId,
        payload: own,
        origin,
      })
      .then((repairs) => this.#countRepairs(repairs))
    written.catch((error: unknown) => {
      log.warn(
        { err: error, document: this.#options.address },
        'folder update could not be written',
      )
      evict('append_failed')
    })
    this.#parts.acknowledgements.take(frame, this.#live.follow(written))
  }

  /** What was taken and is not in the document yet, as it waits for others or for its transaction. */
  #accept(structs: readonly IdRange[]): void {
    for (const { client, clock, length } of structs)
      if (clock + length > Y.getState(this.#live.document.store, client))
        this.#live.accepted.set(client, clock + length)
  }

  /** A client that keeps breaking the rules of a folder is sent away, to come back later. */
  #countRepairs(repairs: number): void {
    if (repairs === 0) return
    this.#options.metrics.refusals.inc({ reason: 'repaired' })
    const nowMs = performance.now()
    this.#repairedAtMs = this.#repairedAtMs.filter((atMs) => nowMs - atMs < 60_000)
    this.#repairedAtMs.push(nowMs)
    if (this.#repairedAtMs.length <= maxRepairsPerMinute || this.#socket.isClosing) return
    this.#options.onRefused('repaired')
    this.#socket.close(closeCodes.rateLimited)
  }

  /**
   * An update that changes nothing still waits for what came before it. Its maker is told of what waits for
   * others when that is seen; whoever passes it on has nothing to lose.
   */
  #settleKnown(step: UpdateStep, waiting: readonly IdRange[]): void {
    const own = waiting.filter(({ client }) => this.#live.ownerOf(client) === this.#parts.owner)
    this.#parts.acknowledgements.take(this.#frame(step, own), this.#live.settled())
  }

  /** The sync frame that is being handled. */
  #frame(step: UpdateStep, structs: readonly IdRange[]): TakenFrame {
    return { ordinal: this.#received, isState: step === 'state', structs }
  }

  #refuseReadOnly(step: UpdateStep): void {
    const reason = this.#whyReadOnly
    this.#options.metrics.refusals.inc({ reason })
    this.#parts.acknowledgements.refuse(this.#frame(step, []), reason)
  }

  get #mayWrite(): boolean {
    return this.canEdit && !this.#options.isSpaceFull(this.spaceId)
  }

  /** Whoever could write again, were there room, keeps the words, and brings them then. */
  get #whyReadOnly(): 'read_only' | 'space_full' {
    return this.canEdit ? 'space_full' : 'read_only'
  }

  #refuseUpdate(payload: Uint8Array, reason: string): void {
    this.#quarantine(payload, reason, [])
    this.refuse(reason)
  }

  /** Says no, and ends the socket: what a client holds that is refused once is refused always. */
  refuse(reason: string): void {
    this.#options.metrics.refusals.inc({ reason })
    this.#options.log.warn(
      { document: this.#options.address, userId: this.#member.userId, reason },
      'update refused',
    )
    this.#parts.acknowledgements.refuse(this.#frame('update', []), reason)
    this.#options.onRefused(reason)
    this.#socket.close(closeCodes.updateRefused)
  }

  /**
   * Structs are missing before those of this update. It is dropped, and the client asked for all that
   * the server lacks; the answer holds this update too. An answer with a gap is refused.
   */
  #askAgain(payload: Uint8Array, step: UpdateStep): void {
    if (step === 'state' || this.#resyncs >= maxResyncs) {
      this.#refuseUpdate(payload, 'causal_gap')
      return
    }
    const isAsking = this.#parts.acknowledgements.isResyncing
    this.#parts.acknowledgements.holdForResync()
    if (isAsking) return
    this.#resyncs += 1
    this.#socket.send(
      encodeSyncFrame(this.#options.address, syncSteps.step1, this.#live.encodedVector),
    )
  }

  #quarantine(payload: Uint8Array, reason: string, clientIds: readonly number[]): void {
    const { quarantine, log } = this.#options
    quarantine
      .keep({
        documentId: this.#live.nodeId,
        submittedBy: this.#parts.owner,
        reason,
        clientIds,
        payload,
      })
      .catch((error: unknown) => log.warn({ err: error }, 'quarantine could not be written'))
  }
}
