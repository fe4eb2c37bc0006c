import { structCount } from '@cloudsync/crdt'
import {
  textRootName,
  type CloseCode,
  type DocumentRef,
  type NodeId,
  type UserId,
} from '@cloudsync/protocol'
import type { Document } from '@hocuspocus/server'
import * as Y from 'yjs'
import { spareAuthors } from './author-echo.ts'
import type { ClaimOwner, KnownClaims } from './client-claims.ts'
import type { CommittedFolder } from './folders/folder-transactions.ts'
import { isCompactionDue, isFoldingWorthwhile } from './compactor.ts'
import { loadOrigin } from './document-loading.ts'
import type { StoredDocument } from './history-segment.ts'
import type { LiveConnection } from './live-connection.ts'
import type { LogPosition } from './live-documents.ts'
import { LogCursor } from './log-cursor.ts'
import type { UpdateLog } from './update-log.ts'

/** What one struct of Yjs takes in memory, measured; the unit of the memory budget. */
const bytesPerStruct = 200

/** An empty document with its presence, measured. */
const bytesPerDocument = 5_000

/** After so many updates the memory estimate is made anew. */
const updatesPerEstimate = 200

export interface LiveDocumentOptions {
  readonly document: Document
  readonly kind: DocumentRef['kind']
  readonly stored: StoredDocument
  readonly log: UpdateLog
  readonly requestCompaction: (nodeId: NodeId) => void
  /** Called when rows are missing in memory that somebody else has written. */
  readonly onGap: () => void
}

/**
 * A document in memory, beside Hocuspocus' own object for it: where it stands in the log, who owns
 * which client id, what a joiner is sent, what it costs.
 *
 * It lives as long as its Hocuspocus document, and is never looked up by name alone: a name may be
 * loaded anew while an old instance is still being given up.
 */
export class LiveDocument {
  readonly document: Document
  readonly kind: DocumentRef['kind']
  readonly nodeId: NodeId
  readonly epoch: number
  readonly connections = new Set<LiveConnection>()
  readonly claims: KnownClaims = new Map()
  /** Ids that nobody had claimed, by when the database was asked. */
  readonly unclaimed = new Map<number, number>()
  /** Ids that a connection has declared its own and not used yet. */
  readonly reservations = new Map<number, ClaimOwner>()
  /** Ends of the structs that were accepted but wait for others, per client id. */
  readonly accepted = new Map<number, number>()
  lastUsedAtMs = performance.now()
  memoryBytes = 0
  /** Whether a connection waits for something stored to become part of the text. */
  hasUnseen = false
  /** What was taken out of the document while it waits, to be given back in turns, in bytes. */
  detachedBytes = 0
  /** How many calls of the server's own are using it. */
  pins = 0
  readonly #log: UpdateLog
  readonly #requestCompaction: (nodeId: NodeId) => void
  readonly #onGap: () => void
  readonly #checkpointBytes: number
  #tail: { rows: number; bytes: number }
  readonly #cursor: LogCursor
  #lastAppend: Promise<LogPosition>
  #state: Uint8Array | undefined
  #vector: Uint8Array | undefined
  #isAsLoaded = true
  #updatesSinceEstimate = 0
  #waitingSteps = 0
  #foreignRows = 0

  constructor(options: LiveDocumentOptions) {
    const { document, stored } = options
    this.document = document
    this.kind = options.kind
    this.nodeId = stored.documentId
    this.epoch = stored.epoch
    this.#log = options.log
    this.#requestCompaction = options.requestCompaction
    this.#onGap = options.onGap
    this.#checkpointBytes = stored.checkpointBytes
    this.#tail = {
      rows: stored.rows.length,
      bytes: stored.rows.reduce((sum, row) => sum + row.payload.length, 0),
    }
    this.#cursor = new LogCursor(stored.seq)
    this.#lastAppend = Promise.resolve(this.position)
    // Edits of our own carry the document's id, which nobody else may use.
    this.reservations.set(document.clientID, 'server')
    this.#acceptWaiting()
    document.on('update', () => this.#changed())
    spareAuthors(document)
    this.estimateMemory()
    this.#compactIfDue()
  }

  /** Whether nobody has it open: neither a connection, nor one on its way, nor the server. */
  get isIdle(): boolean {
    return this.pins === 0 && this.document.getConnectionsCount() === 0
  }

  /** Of those who have it open, who has had it open longest. */
  get holder(): UserId | undefined {
    const [longest] = this.connections
    return longest?.member.userId
  }

  /** Of a text document. */
  get text(): Y.Text {
    return this.document.getText(textRootName)
  }

  /** Where the log stands, as far as all of it is here. */
  get position(): LogPosition {
    return { epoch: this.epoch, seq: this.#cursor.seq }
  }

  /** Whether everything up to a position is here. */
  isAt({ epoch, seq }: LogPosition): boolean {
    return epoch === this.epoch && seq <= this.#cursor.seq
  }

  /** Whether rows are missing that were written before one that is here. */
  get hasGap(): boolean {
    return this.#cursor.hasGap
  }

  /** How many rows of other servers were taken so far. */
  get foreignRows(): number {
    return this.#foreignRows
  }

  /** The encoded state, made once per change however many people join. */
  get encodedState(): Uint8Array {
    this.#state ??= Y.encodeStateAsUpdate(this.document)
    return this.#state
  }

  get encodedVector(): Uint8Array {
    this.#vector ??= Y.encodeStateVector(this.document)
    return this.#vector
  }

  /** Whether nothing has changed since it was read from what is stored. */
  get isAsLoaded(): boolean {
    return this.#isAsLoaded
  }

  /** Who owns a client id, as far as is known here. */
  ownerOf(clientId: number): ClaimOwner | undefined {
    return this.reservations.get(clientId) ?? this.claims.get(clientId)
  }

  /** The clock that the next struct of a client must not lie beyond. */
  knownClock(clientId: number): number {
    return Math.max(Y.getState(this.document.store, clientId), this.accepted.get(clientId) ?? 0)
  }

  /** What Yjs keeps aside because it builds on structs that are missing, in bytes. */
  get pendingBytes(): number {
    const { pendingStructs, pendingDs } = this.document.store
    return (pendingStructs?.update.length ?? 0) + (pendingDs?.length ?? 0) + this.detachedBytes
  }

  /** Counts what structs will take that wait in memory; `false` when that were more than `max` for all. */
  reserveWaiting(steps: number, max: number): boolean {
    if (this.document.store.pendingStructs === null && this.detachedBytes === 0)
      this.#waitingSteps = 0
    if (this.#waitingSteps + steps > max) return false
    this.#waitingSteps += steps
    return true
  }

  /** Logs an update that has just been applied. Resolves when it is durable. */
  append(payload: Uint8Array, authorId: UserId | null): Promise<LogPosition> {
    this.lastUsedAtMs = performance.now()
    const appended = this.#log
      .append({ documentId: this.nodeId, epoch: this.epoch, authorId, payload })
      .then((position) => {
        this.#logged(position.seq, payload)
        if (this.hasGap) this.#onGap()
        return position
      })
    // Whoever waits for it later hears of a failure then.
    appended.catch(() => undefined)
    this.#lastAppend = appended
    return appended
  }

  /** Waits, in `settled`, for what is being written elsewhere. */
  follow(written: Promise<unknown>): Promise<LogPosition> {
    this.lastUsedAtMs = performance.now()
    const done = written.then(() => this.position)
    done.catch(() => undefined)
    this.#lastAppend = done
    return done
  }

  /** Takes the rows of a folder that a transaction of this server has committed, and sends them on. */
  receiveCommitted({ rows, position, serverClientId }: CommittedFolder): void {
    this.reservations.set(serverClientId, 'server')
    this.#receive(position, rows)
  }

  /** Takes rows that another server has committed, and sends them on; `position` is that of the last. */
  receiveForeign(position: LogPosition, payloads: readonly Uint8Array[]): void {
    this.#foreignRows += payloads.length
    this.#receive(
      position,
      payloads.map((payload) => ({ payload, origin: loadOrigin })),
    )
  }

  /** Takes what another server may never commit, in control runs. */
  receiveUncommitted(payload: Uint8Array): void {
    Y.applyUpdate(this.document, payload, loadOrigin)
    this.#acceptWaiting()
  }

  /** Takes all that is stored; part of it is here already. */
  receiveStored(state: Uint8Array | undefined, stored: StoredDocument): void {
    this.#foreignRows += 1
    if (state) Y.applyUpdate(this.document, state, loadOrigin)
    for (const { payload } of stored.rows) Y.applyUpdate(this.document, payload, loadOrigin)
    this.#acceptWaiting()
    this.#cursor.advanceTo(stored.seq)
  }

  /**
   * Resolves when everything that is here by now is durable, with the position of the last of it, whoever wrote it.
   * Rejects when that failed; the document has then been given up.
   */
  settled(): Promise<LogPosition> {
    const here = this.position
    return this.#lastAppend.then((appended) => (appended.seq > here.seq ? appended : here))
  }

  /** Closes the sockets of everybody here; a stock client recovers only from a closed socket. */
  closeSockets(code: CloseCode): void {
    for (const connection of this.connections) connection.socket.close(code)
  }

  estimateMemory(): void {
    this.#updatesSinceEstimate = 0
    this.memoryBytes = bytesPerDocument + structCount(this.document) * bytesPerStruct
  }

  #receive(
    position: LogPosition,
    rows: readonly { readonly payload: Uint8Array; readonly origin: unknown }[],
  ): void {
    if (position.epoch !== this.epoch) return
    for (const [index, { payload, origin }] of rows.entries()) {
      const seq = position.seq - rows.length + 1 + index
      if (this.#cursor.has(seq)) continue
      Y.applyUpdate(this.document, payload, origin)
      this.#logged(seq, payload)
    }
    this.#acceptWaiting()
    if (this.hasGap) this.#onGap()
  }

  /** What waits here is sent to whoever joins, and may come back from there. */
  #acceptWaiting(): void {
    for (const [client, end] of waitingEnds(this.document))
      if (end > this.knownClock(client)) this.accepted.set(client, end)
  }

  /** A row is in the log, and what it holds is here. */
  #logged(seq: number, payload: Uint8Array): void {
    if (this.#cursor.has(seq)) return
    this.#cursor.add(seq)
    this.#tail = { rows: this.#tail.rows + 1, bytes: this.#tail.bytes + payload.length }
    this.#compactIfDue()
  }

  #changed(): void {
    this.#state = this.#vector = undefined
    this.#isAsLoaded = false
    if (this.hasUnseen) {
      this.hasUnseen = false
      for (const connection of this.connections) connection.acknowledgeVisible()
    }
    this.#updatesSinceEstimate += 1
    if (this.#updatesSinceEstimate >= updatesPerEstimate) this.estimateMemory()
  }

  /** Called when it leaves memory. */
  foldWhatIsLeft(): void {
    if (this.#isAsLoaded) return
    if (isFoldingWorthwhile({ ...this.#tail, checkpointBytes: this.#checkpointBytes }))
      this.#requestCompaction(this.nodeId)
  }

  #compactIfDue(): void {
    if (!isCompactionDue({ ...this.#tail, checkpointBytes: this.#checkpointBytes })) return
    this.#tail = { rows: 0, bytes: 0 }
    this.#requestCompaction(this.nodeId)
  }
}

/** Up to which clock structs wait in a document for others, per client id. */
function waitingEnds(document: Y.Doc): Map<number, number> {
  const ends = new Map<number, number>()
  const { pendingStructs } = document.store
  if (!pendingStructs) return ends
  for (const { id, length } of Y.decodeUpdateV2(pendingStructs.update).structs)
    ends.set(id.client, id.clock + length)
  return ends
}
