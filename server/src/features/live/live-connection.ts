import { scanStateVector } from '@cloudsync/crdt'
import { closeCodes, type LiveServerMessage, type SpaceId } from '@cloudsync/protocol'
import type { Connection } from '@hocuspocus/server'
import * as Y from 'yjs'
import { Acknowledgements } from './acknowledgements.ts'
import type { ClaimOwner } from './client-claims.ts'
import { readClientMessage } from './client-message.ts'
import { FrameQueue } from './frame-queue.ts'
import {
  encodeAwarenessFrame,
  encodeDeniedFrame,
  encodeStatelessFrame,
  encodeSyncFrame,
  frameTypes,
  readBytesBody,
  readStringBody,
  readSyncBody,
  syncSteps,
  type FrameHead,
} from './frames.ts'
import type { LiveDocument } from './live-document.ts'
import type { LiveMember } from './live-member.ts'
import type { LiveSocket } from './live-socket.ts'
import { Presence } from './presence.ts'
import { UpdateIntake, type UpdateIntakeOptions } from './update-intake.ts'

export interface LiveConnectionOptions extends Omit<UpdateIntakeOptions, 'address' | 'origin'> {
  readonly connection: Connection
  readonly socket: LiveSocket
  readonly member: LiveMember
  /** The client was sent all that was stored of the document before it was open. */
  readonly isGreeted: boolean
  /** `memory` acknowledges before the commit, as a control for the tests of durability. */
  readonly acknowledge: 'durable' | 'memory'
  /** Called once, when it has ended. */
  readonly onClosed: () => void
}

/** In memory; up to that a document is compared with a state vector within a millisecond or two. */
const slowToCompareBytes = 1_000_000

/**
 * One person's connection to one document: everything that arrives goes through here. Frames are handled
 * one after the other; what arrives while an update waits for the database queues behind it.
 */
export class LiveConnection {
  readonly socket: LiveSocket
  /** Who it is, as their last token says. */
  member: LiveMember
  readonly live: LiveDocument
  readonly #options: LiveConnectionOptions
  readonly #address: string
  readonly #acknowledgements: Acknowledgements
  readonly #presence: Presence
  readonly #intake: UpdateIntake
  #isGreeted: boolean
  readonly #frames: FrameQueue
  /** What the client was told of its right to edit. */
  #toldCanEdit: boolean
  #isWatched = false
  #isClosed = false

  constructor(options: LiveConnectionOptions) {
    this.#options = options
    this.socket = options.socket
    this.member = options.member
    this.live = options.live
    this.#address = options.connection.messageAddress
    const owner: ClaimOwner = `user:${options.member.userId}`
    this.#isGreeted = options.isGreeted
    // A failure ends this socket and nothing else.
    this.#frames = new FrameQueue({
      onError: (error) => {
        options.log.error({ err: error, document: this.#address }, 'live frame failed')
        this.socket.close(closeCodes.tryAgainLater)
      },
      onBehind: (isBehind) => this.socket.noteBehind(isBehind),
    })
    this.#acknowledgements = new Acknowledgements({
      socket: options.socket,
      live: options.live,
      address: this.#address,
      mode: options.acknowledge,
    })
    this.#presence = new Presence({
      connection: options.connection,
      live: options.live,
      member: options.member,
      owner,
    })
    const { connection } = options
    this.#intake = new UpdateIntake(
      { ...options, address: this.#address, origin: { source: 'connection', connection } },
      {
        owner,
        acknowledgements: this.#acknowledgements,
        presence: this.#presence,
        bringsOwn: false,
        sendAway: () => this.#sendAway(),
      },
    )
    this.#toldCanEdit = options.canEdit
    options.live.connections.add(this)
  }

  /** Where the node lies. */
  get spaceId(): SpaceId {
    return this.#intake.spaceId
  }

  get canEdit(): boolean {
    return this.#intake.canEdit
  }

  /** The id under which others see this connection. */
  get shownId(): number | undefined {
    return this.#presence.shownId
  }

  /** Changes what this person may do from the next frame on, and where the node lies. */
  setAccess(canEdit: boolean, spaceId: SpaceId): void {
    this.#intake.canEdit = canEdit
    this.#intake.spaceId = spaceId
    this.#tellAccess()
  }

  /** Takes a frame of this document connection. Never throws. */
  receive(head: FrameHead, frame: Uint8Array): void {
    if (this.#isClosed) return
    switch (head.type) {
      case frameTypes.sync:
      case frameTypes.syncReply:
        this.#frames.run(() => this.#receiveSync(frame, head.offset), frame.length)
        return
      case frameTypes.awareness: {
        const body = readBytesBody(frame, head.offset)
        if (!body || !this.#presence.receive(body)) this.#intake.refuse('malformed')
        return
      }
      case frameTypes.stateless:
        this.#receiveMessage(readStringBody(frame, head.offset))
        return
      case frameTypes.queryAwareness:
        this.#presence.sendAll((update) =>
          this.socket.send(encodeAwarenessFrame(this.#address, update)),
        )
        return
      case frameTypes.close:
        this.#options.connection.close({ code: 1000, reason: 'provider_initiated' })
        return
      default:
        this.#intake.refuse('malformed')
    }
  }

  /** Resolves when every frame received so far is handled and, where it was an update, durable. */
  async drained(): Promise<void> {
    await new Promise<void>((resolve) => this.#frames.run(resolve))
    await this.live.settled().catch(() => undefined)
  }

  /** Resolves when every frame received so far is handled; later ones wait for `released`. */
  hold(released: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#frames.run(() => {
        resolve()
        return released
      })
    })
  }

  /** Called when the connection has ended, by whoever ended it. May be called twice. */
  closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#intake.close()
    this.#acknowledgements.close()
    this.#presence.close()
    this.live.connections.delete(this)
    this.live.lastUsedAtMs = performance.now()
    this.#options.onClosed()
  }

  #receiveSync(frame: Uint8Array, offset: number): void | Promise<void> {
    if (this.#isClosed || !this.socket.isCurrent(this.live)) return undefined
    const body = readSyncBody(frame, offset)
    switch (body?.step) {
      case syncSteps.step1:
        return this.#answerStep1(body.payload)
      case syncSteps.step2:
        return this.#intake.receive(body.payload, 'state')
      case syncSteps.update:
        return this.#intake.receive(body.payload, 'update')
      default:
        this.#intake.refuse('malformed')
        return undefined
    }
  }

  /** Sends what the client lacks, and asks for what the server lacks. */
  #answerStep1(vector: Uint8Array): void | Promise<void> {
    const scan = scanStateVector(vector)
    if (scan.kind === 'refused') {
      this.#intake.refuse(scan.reason)
      return undefined
    }
    const isEmpty = scan.clientCount === 0
    const isGreeted = this.#isGreeted && isEmpty && this.live.isAsLoaded
    this.#isGreeted = false
    this.#acknowledgements.hold()
    if (isGreeted) this.#answer('stored')
    else if (isEmpty) this.#answer('cached', this.live.encodedState)
    else if (this.live.memoryBytes < slowToCompareBytes) this.#answer('diff', this.#beyond(vector))
    else return this.#compareInTurn(vector)
    return undefined
  }

  /** What a large document has beyond a state vector takes long to find, and nobody else may have asked for it. */
  #compareInTurn(vector: Uint8Array): Promise<void> {
    const own = vector.slice()
    const turns = this.#options.turnsOf(this.member.userId, this.live)
    return turns.inTurn(() => {
      if (this.#isClosed || !this.socket.isCurrent(this.live)) return
      // They were let go if its turn has come late.
      this.#acknowledgements.hold()
      this.#answer('diff', this.#beyond(own))
    })
  }

  #beyond(vector: Uint8Array): Uint8Array {
    return Y.encodeStateAsUpdate(this.live.document, vector)
  }

  #answer(served: 'stored' | 'cached' | 'diff', state?: Uint8Array): void {
    if (state) {
      this.socket.send(encodeSyncFrame(this.#address, syncSteps.step2, state))
      this.socket.chargeState(state.length)
    }
    this.#options.metrics.joins.inc({ served })
    this.socket.send(encodeSyncFrame(this.#address, syncSteps.step1, this.live.encodedVector))
  }

  /** Called when something that waited for others has become part of the text. */
  acknowledgeVisible(): void {
    this.#acknowledgements.acknowledgeVisible()
  }

  // ── Messages ─────────────────────────────────────────────────────────────────────────────────

  #receiveMessage(text: string | undefined): void {
    const message = readClientMessage(text)
    if (message?.type !== 'watch_saved') return
    this.#isWatched = true
    this.#acknowledgements.watch()
    this.#tellAccess()
  }

  /** Stock clients take a denial for final, and would come again after a closed socket. */
  #sendAway(): void {
    this.socket.send(encodeDeniedFrame(this.#address, closeCodes.trashed.reason))
    this.#options.connection.close(closeCodes.trashed)
  }

  /** A client of ours lets a person type, or no longer, as soon as that has changed. */
  #tellAccess(): void {
    const { canEdit } = this.#intake
    if (this.#isClosed || !this.#isWatched || canEdit === this.#toldCanEdit) return
    this.#toldCanEdit = canEdit
    const message: LiveServerMessage = { type: 'access', canEdit }
    this.socket.send(encodeStatelessFrame(this.#address, JSON.stringify(message)))
  }
}
