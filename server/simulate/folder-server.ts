import { causalGaps, isContained, scanUpdate, stateUpdateLimits } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { pino } from 'pino'
import * as Y from 'yjs'
import { openAccess, type Access, type AccessNotifier } from '#features/access/index.ts'
import { FolderProjection } from '#features/files/index.ts'
import { ServedContents } from '#features/files/content/served-contents.ts'
import type { IdempotentRequest } from '#platform/http/idempotency.ts'
import { Reviver } from '#features/files/tree/reviver.ts'
import { runCommands, type CommandParts } from '#features/files/tree/run-commands.ts'
import { purgeNode } from '#features/files/tree/trash.ts'
import type { TreeCommand } from '#features/files/tree/tree-command.ts'
import { Compactor, type CheckpointMaker } from '#features/live/compactor.ts'
import { buildDocument } from '#features/live/document-loading.ts'
import type { DocumentSeals } from '#features/live/document-seals.ts'
import { DocumentStore } from '#features/live/document-store.ts'
import { TextEpochs } from '#features/live/text-epochs.ts'
import { ClientFolderUpdates } from '#features/live/folders/client-folder-updates.ts'
import {
  FolderTransactions,
  type CommittedFolder,
} from '#features/live/folders/folder-transactions.ts'
import { ShadowFolders } from '#features/live/folders/shadow-folders.ts'
import { systemClock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Caller } from '#platform/http/caller.ts'
import { MortalDatabase, type Fate } from './mortal-database.ts'
import { noNotices } from '../testing/alone.ts'

interface Room {
  readonly doc: Y.Doc
  seq: number
}

const log = pino({ level: 'silent' })

/**
 * What came of an update: taken, taken and waiting for others that it builds on, known already, behind
 * a gap, or of a folder that takes none.
 */
export type Reception = 'taken' | 'waiting' | 'known' | 'gap' | 'refused'

/** To the compactor all history is older than it has to keep. */
const laterClock = { now: () => new Date(Date.now() + 40 * 86_400_000) }

export interface FolderServerOptions {
  readonly base: Database
  /** What its compactor makes checkpoints with. */
  readonly pool: CheckpointMaker
  readonly seals: DocumentSeals
}

/** A server process without its sockets: the folder path of the live core and the commands of the tree. */
export class FolderServer {
  readonly mortal: MortalDatabase
  readonly #parts: CommandParts
  readonly #access: Access & AccessNotifier
  readonly #transactions: FolderTransactions
  readonly #updates: ClientFolderUpdates
  readonly #reviver: Reviver
  readonly #compactor: Compactor
  readonly #store: DocumentStore
  readonly #rooms = new Map<string, Room>()
  readonly #listeners: ((folderId: string, update: Uint8Array) => void)[] = []
  readonly #revivals = new Set<Promise<void>>()

  constructor({ base, pool, seals }: FolderServerOptions, fate: () => Fate) {
    this.mortal = new MortalDatabase(base, fate)
    const db = this.mortal.database
    const clock = systemClock
    const store = new DocumentStore(db.kysely, seals)
    const epochs = new TextEpochs(seals)
    this.#store = store
    this.#compactor = new Compactor({ db: db.kysely, store, seals, pool, clock: laterClock, log })
    this.#access = openAccess({ db, clock, log, notices: noNotices })
    const projection = new FolderProjection(clock, this.#access)
    this.#transactions = new FolderTransactions({
      db,
      shadows: new ShadowFolders({ maxBytes: 64 * 1024 * 1024, seals }),
      seals,
      publish: (committed) => this.#publish(committed),
      onCommitted: () => undefined,
      onUnknown: (ids) => ids.forEach((id) => this.#rooms.delete(id)),
      requestCompaction: () => undefined,
    })
    const live = {
      createTexts: epochs.create.bind(epochs),
      readText: async () => ({ text: 'words', position: { epoch: 1, seq: 0 } }),
      closeDocument: async () => undefined,
      reviewAccess: async () => undefined,
    }
    const folders = this.#transactions
    this.#updates = new ClientFolderUpdates(folders, projection.openProjector(live))
    this.#reviver = new Reviver({ db, folders, clock, access: this.#access, log })
    projection.onTrashEdited((id, actorId) => this.#follow(this.#reviver.revive(id, actorId)))
    const served = new ServedContents(db, clock)
    this.#parts = { db, access: this.#access, live, folders, clock, served }
  }

  onPublished(listener: (folderId: string, update: Uint8Array) => void): void {
    this.#listeners.push(listener)
  }

  async command(caller: Caller, commands: readonly TreeCommand[], request?: IdempotentRequest) {
    return runCommands(this.#parts, caller, commands, request)
  }

  async purge(caller: Caller, id: NodeId): Promise<void> {
    await purgeNode(this.#parts, id, caller.userId)
  }

  /** Gives how many rows were folded. */
  async compact(folderId: NodeId): Promise<number> {
    return this.#compactor.compact(folderId)
  }

  async expireHistory(): Promise<void> {
    await this.#compactor.expireHistory()
  }

  /** Takes an update; `isOpen`: over a connection from before the folder went to the trash. */
  async receive(
    caller: Caller,
    folderId: NodeId,
    payload: Uint8Array,
    isOpen: boolean,
  ): Promise<Reception> {
    const found = await this.#access.findNodeAccess(caller.userId, folderId)
    if (found?.kind !== 'folder' || (found.isTrashed && !isOpen)) return 'refused'
    const { doc } = await this.#room(folderId)
    const scan = scanUpdate(payload, stateUpdateLimits)
    if (scan.kind === 'refused') throw new RangeError(`An honest update is ${scan.reason}`)
    if (isContained(scan, doc)) return 'known'
    if (causalGaps(scan, (client) => Y.getState(doc.store, client)).length > 0) return 'gap'
    await this.#updates.take({ folderId, actorId: caller.userId, payload, origin: undefined })
    // The room may have been given up meanwhile.
    return isContained(scan, (await this.#room(folderId)).doc) ? 'taken' : 'waiting'
  }

  /** What a client lacks, and the vector of what is here. */
  async read(folderId: NodeId, vector?: Uint8Array) {
    const { doc } = await this.#room(folderId)
    return { update: Y.encodeStateAsUpdate(doc, vector), vector: Y.encodeStateVector(doc) }
  }

  /** Reads what another process has written meanwhile. */
  forgetRooms(): void {
    this.#rooms.clear()
  }

  async reviveMissed(): Promise<void> {
    await this.#reviver.reviveMissed()
  }

  async settled(): Promise<void> {
    while (this.#revivals.size > 0) await Promise.all(this.#revivals)
  }

  async #room(folderId: NodeId): Promise<Room> {
    const open = this.#rooms.get(folderId)
    if (open) return open
    return this.#transactions.exclusively([folderId], async () => {
      const stored = await this.#store.find(folderId)
      const doc = await buildDocument(stored?.checkpoint, stored?.rows ?? [])
      const room = { doc, seq: stored?.seq ?? 0 }
      this.#rooms.set(folderId, room)
      return room
    })
  }

  #publish({ folderId, rows, position }: CommittedFolder): void {
    const room = this.#rooms.get(folderId)
    const after = position.seq - rows.length
    if (room && after > room.seq) this.#rooms.delete(folderId)
    else if (room)
      for (const { payload } of rows.slice(room.seq - after)) Y.applyUpdate(room.doc, payload)
    if (room) room.seq = Math.max(room.seq, position.seq)
    for (const { payload } of rows) for (const tell of this.#listeners) tell(folderId, payload)
  }

  #follow(revival: Promise<void>): void {
    const done = Promise.race([revival, this.mortal.died]).finally(() =>
      this.#revivals.delete(done),
    )
    this.#revivals.add(done)
  }
}
