import { applyTextChanges, readText, type TextChange } from '@cloudsync/crdt'
import type { CloseCodeName, NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { SpaceUsage } from '#features/spaces/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { ClientClaims } from './client-claims.ts'
import { closeDocument, dismissSealed, type RemoteCommands } from './cluster/remote-commands.ts'
import type { DocumentHistory } from './document-history.ts'
import type { FullSpaces } from './full-spaces.ts'
import type { LiveDocument } from './live-document.ts'
import type {
  ExchangedText,
  LateEdit,
  LiveDocuments,
  LogPosition,
  NewText,
  SealedText,
  TextAt,
  TextCommitted,
  TextToExchange,
} from './live-documents.ts'
import type { LiveRooms } from './live-rooms.ts'
import type { TextEpochs } from './text-epochs.ts'
import { AppendFailedError } from './update-log.ts'

export interface TextDoorOptions {
  readonly rooms: LiveRooms
  readonly epochs: TextEpochs
  readonly history: DocumentHistory
  readonly claims: ClientClaims
  readonly listeners: Set<(change: TextCommitted) => void>
  readonly lateListeners: Set<(late: LateEdit) => void>
  readonly remote: RemoteCommands
  /** Takes what other servers have written by now. */
  readonly refresh: (live: LiveDocument) => Promise<void>
  readonly reviewAccess: () => Promise<void>
  readonly fullSpaces: FullSpaces
  readonly exchange: LiveDocuments['exchangeText']
}

/** Edits and reads of live text by the server itself: the same way as everybody's, without a socket. */
export class TextDoor implements LiveDocuments {
  readonly #options: TextDoorOptions

  constructor(options: TextDoorOptions) {
    this.#options = options
  }

  createTexts(
    tx: Transaction<Schema>,
    texts: readonly NewText[],
    authorId: UserId | null,
  ): Promise<void> {
    return this.#options.epochs.create(tx, texts, authorId)
  }

  sealText(tx: Transaction<Schema>, nodeId: NodeId): Promise<SealedText> {
    return this.#options.epochs.end(tx, nodeId)
  }

  reviveText(tx: Transaction<Schema>, nodeId: NodeId, text: string): Promise<LogPosition> {
    return this.#options.epochs.revive(tx, nodeId, text)
  }

  async holdText(nodeId: NodeId): Promise<Disposable> {
    const live = this.#options.rooms.findByNode(nodeId)
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const connections = live ? [...live.connections] : []
    await Promise.all(connections.map((connection) => connection.hold(released)))
    await live?.settled().catch(() => undefined)
    return { [Symbol.dispose]: release }
  }

  async dismissSealed(nodeId: NodeId): Promise<void> {
    const { rooms, remote } = this.#options
    remote.dismissSealed(nodeId)
    await dismissSealed(rooms, nodeId)
  }

  readText(nodeId: NodeId): Promise<TextAt> {
    return this.#using(nodeId, async (live) => {
      await this.#options.refresh(live)
      // What was applied by now is durable at `position`, and nothing later is in the text.
      const text = readText(live.document)
      return this.#at(live, text, live.settled())
    })
  }

  async findTextAt(nodeId: NodeId, position: LogPosition): Promise<string | undefined> {
    const live = this.#options.rooms.findByNode(nodeId)
    if (live) await live.settled()
    const doc = await this.#options.history.findAt(nodeId, position)
    if (!doc) return undefined
    const text = readText(doc)
    doc.destroy()
    return text
  }

  editText(
    nodeId: NodeId,
    authorId: UserId,
    edit: (current: TextAt) => readonly TextChange[],
  ): Promise<TextAt> {
    return this.#using(nodeId, async (live) => {
      await this.#claimServerId(live)
      await this.#options.refresh(live)
      if (!this.#options.rooms.isCurrent(live)) throw new ProblemError('unavailable')
      const update = changeText(live, edit)
      const text = readText(live.document)
      return this.#at(live, text, update ? live.append(update, authorId) : live.settled())
    })
  }

  /**
   * A text with the position that is durable then. Rows of other servers may have come before it that are
   * not in the text; the log has the text with them.
   */
  async #at(live: LiveDocument, text: string, durable: Promise<LogPosition>): Promise<TextAt> {
    const before = live.foreignRows
    const position = await durable
    const isWhole = live.foreignRows === before && live.position.seq >= position.seq
    if (isWhole) return { text, position }
    return { text: (await this.findTextAt(live.nodeId, position)) ?? text, position }
  }

  exchangeText(caller: Caller, item: TextToExchange): Promise<ExchangedText> {
    return this.#options.exchange(caller, item)
  }

  noteUsage(spaceId: SpaceId, usage: SpaceUsage): void {
    this.#options.fullSpaces.note(spaceId, usage)
  }

  listAuthorsSince(nodeId: NodeId, seq: number): Promise<UserId[]> {
    return this.#options.history.listAuthorsSince(nodeId, seq)
  }

  async closeDocument(nodeId: NodeId, code: CloseCodeName): Promise<void> {
    const { rooms, remote } = this.#options
    remote.closeDocument(nodeId, code)
    await closeDocument(rooms, nodeId, code)
  }

  reviewAccess(): Promise<void> {
    this.#options.remote.reviewAccess()
    return this.#options.reviewAccess()
  }

  onCommitted(listener: (change: TextCommitted) => void): void {
    this.#options.listeners.add(listener)
  }

  onLateEdit(listener: (late: LateEdit) => void): void {
    this.#options.lateListeners.add(listener)
  }

  async #using<T>(nodeId: NodeId, use: (live: LiveDocument) => Promise<T>): Promise<T> {
    const live = await this.#options.rooms.acquire(nodeId)
    try {
      return await use(live)
    } catch (error) {
      if (error instanceof AppendFailedError)
        throw new ProblemError('unavailable', { cause: error })
      throw error
    } finally {
      this.#options.rooms.release(live)
    }
  }

  /** The document's own client id carries our edits; from the first one on it is ours in the database. */
  async #claimServerId(live: LiveDocument): Promise<void> {
    const id = live.document.clientID
    if (live.claims.get(id) === 'server') return
    const claims = await this.#options.claims.claim(live.nodeId, [id], 'server')
    const owner = claims.get(id)
    if (owner) live.claims.set(id, owner)
  }
}

/** Applies an edit in one transaction and gives the update that it made; `undefined` when it made none. */
function changeText(
  live: LiveDocument,
  edit: (current: TextAt) => readonly TextChange[],
): Uint8Array | undefined {
  let update: Uint8Array | undefined
  const keep = (bytes: Uint8Array) => {
    update = bytes
  }
  live.document.once('update', keep)
  try {
    const changes = edit({ text: readText(live.document), position: live.position })
    live.document.transact(() => applyTextChanges(live.text, changes), serverOrigin)
  } finally {
    live.document.off('update', keep)
  }
  return update
}

/** Hocuspocus' form of an origin that is no connection. */
const serverOrigin = { source: 'local', skipStoreHooks: true } as const
