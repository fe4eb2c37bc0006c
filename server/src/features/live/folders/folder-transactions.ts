import { FolderReplica, type FolderDelta, type FolderEdit, type FolderView } from '@cloudsync/crdt'
import type { NodeId, UserId } from '@cloudsync/protocol'
import { sql, type Selectable, type Transaction } from 'kysely'
import { CommitOutcomeUnknownError, isUniqueViolation } from '#platform/db/database-errors.ts'
import type { Database } from '#platform/db/database.ts'
import { withNext } from '#platform/db/marked-statements.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { NodesTable } from '#platform/db/tables/node-tables.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { isCompactionDue } from '../compactor.ts'
import type { DocumentSeals } from '../document-seals.ts'
import type { LogPosition } from '../live-documents.ts'
import { appendRows, insertDocuments } from '../log-rows.ts'
import type { FolderDocuments, FolderSession, HoldOptions } from './folder-documents.ts'
import { KeyedMutex } from './keyed-mutex.ts'
import type { ShadowFolder, ShadowFolders } from './shadow-folders.ts'

/** An update of a folder, as its row in the log has it. */
export interface FolderRow {
  readonly payload: Uint8Array
  readonly authorId: UserId | null
  /** The transaction origin for the people here: whose connection sent it. */
  readonly origin: unknown
}

/** What a transaction has committed of one folder: rows up to `position`. */
export interface CommittedFolder {
  readonly folderId: NodeId
  readonly rows: readonly FolderRow[]
  readonly position: LogPosition
  /** The id under which the server has edited. */
  readonly serverClientId: number
}

export interface FolderTransactionsOptions {
  readonly db: Database
  readonly shadows: ShadowFolders
  readonly seals: DocumentSeals
  /** Sends it to the people who have the folder open here. Called in the order of the log. */
  readonly publish: (committed: CommittedFolder) => void
  /** Called after each commit. */
  readonly onCommitted: () => void
  /** Nobody knows whether the commit happened: what people see may differ from the log. */
  readonly onUnknown: (folderIds: readonly NodeId[]) => void
  readonly requestCompaction: (folderId: NodeId) => void
}

/** The origin of what the server itself writes into a folder; Hocuspocus' form of no connection. */
const serverOrigin = { source: 'local', skipStoreHooks: true } as const

/** How often a transaction runs at most while others take the ids that it wants. */
const maxAttempts = 4

/**
 * One transaction per folder update. It locks the row of each folder's document, brings the shadow up to
 * the log, lets `work` edit the shadow and write rows, and appends the updates. Only after the commit
 * does anybody hear of them. When it fails, the shadows are thrown away, their client ids with them.
 *
 * Locks are taken in this order: our own per folder, `documents` by id, then what `work` needs. The own
 * ones hold until the updates are published, so that everybody hears of them in the order of the log.
 */
export class FolderTransactions implements FolderDocuments {
  readonly #options: FolderTransactionsOptions
  readonly #mutex = new KeyedMutex()

  constructor(options: FolderTransactionsOptions) {
    this.#options = options
  }

  change(
    folderIds: readonly NodeId[],
    actorId: UserId | null,
    work: (session: OpenFolders) => Promise<void>,
    options: HoldOptions = {},
  ): Promise<void> {
    return this.exclusively(folderIds, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#run({ folderIds, actorId, options }, work)
          return
        } catch (error) {
          // An id or a key that was free a moment ago: seen again, it is a value and no failure.
          if (attempt === maxAttempts || !isUniqueViolation(error)) throw error
        }
      }
    })
  }

  /** Runs `work` while no transaction of this server is under way on the folders. */
  async exclusively<T>(folderIds: readonly NodeId[], work: () => Promise<T>): Promise<T> {
    using _held = await this.#mutex.acquire(folderIds)
    return await work()
  }

  async #run(
    { folderIds, actorId, options }: FolderChange,
    work: (session: OpenFolders) => Promise<void>,
  ): Promise<void> {
    const { db, shadows, seals } = this.#options
    let session: OpenFolders | undefined
    try {
      await inTransaction(db, async (tx) => {
        session?.abandon()
        session = new OpenFolders(tx, actorId, { shadows, seals })
        await session.hold(folderIds, options)
        await work(session)
        await session.append()
      })
    } catch (error) {
      const touched = session?.abandon() ?? []
      if (error instanceof CommitOutcomeUnknownError) this.#options.onUnknown(touched)
      throw error
    }
    if (session) this.#publish(session)
  }

  #publish(session: OpenFolders): void {
    for (const committed of session.settle()) {
      this.#options.publish(committed)
      this.#compactIfDue(committed.folderId, session.shadowOf(committed.folderId))
    }
    session.runAfterCommit()
    this.#options.onCommitted()
  }

  #compactIfDue(folderId: NodeId, shadow: ShadowFolder): void {
    const { tail, checkpointBytes } = shadow
    if (!isCompactionDue({ ...tail, checkpointBytes })) return
    shadow.tail = { rows: 0, bytes: 0 }
    this.#options.requestCompaction(folderId)
  }
}

interface FolderChange {
  readonly folderIds: readonly NodeId[]
  readonly actorId: UserId | null
  readonly options: HoldOptions
}

interface HeldFolder {
  readonly shadow: ShadowFolder
  readonly rows: FolderRow[]
}

/** The folders of one transaction, with what it has done to them. */
export class OpenFolders implements FolderSession {
  readonly tx: Transaction<Schema>
  nodes: readonly Selectable<NodesTable>[] = []
  readonly #actorId: UserId | null
  readonly #shadows: ShadowFolders
  readonly #seals: DocumentSeals
  readonly #held = new Map<NodeId, HeldFolder>()
  readonly #afterCommit: (() => void)[] = []
  #isAppended = false

  constructor(
    tx: Transaction<Schema>,
    actorId: UserId | null,
    { shadows, seals }: Pick<FolderTransactionsOptions, 'shadows' | 'seals'>,
  ) {
    this.tx = tx
    this.#actorId = actorId
    this.#shadows = shadows
    this.#seals = seals
  }

  async hold(folderIds: readonly NodeId[], { keepsNodes = false }: HoldOptions): Promise<void> {
    const wanted = [...new Set(folderIds)]
    if (wanted.length === 0) return
    const locked = this.tx
      .selectFrom('documents')
      .innerJoin('nodes', 'nodes.id', 'documents.id')
      .select(['documents.id', 'documents.epoch', 'documents.seq'])
      .where(sql<boolean>`documents.id = ANY(${wanted}::uuid[])`)
      .where('nodes.kind', '=', 'folder')
      .orderBy('documents.id')
      .forNoKeyUpdate('documents')
    const heads = keepsNodes
      ? (this.nodes = await locked.selectAll('nodes').forShare('nodes').execute())
      : await locked.execute()
    if (heads.length < wanted.length) throw new ProblemError('not_found')
    for (const { id, epoch, seq } of heads)
      this.#held.set(id, {
        shadow: await this.#shadows.open(this.tx, id, { epoch, seq }),
        rows: [],
      })
  }

  holds(folderId: NodeId): boolean {
    return this.#held.has(folderId)
  }

  view(folderId: NodeId): FolderView {
    return this.shadowOf(folderId).folder.view
  }

  holdersOf(folderId: NodeId, key: string): Iterable<string> {
    return this.shadowOf(folderId).folder.holdersOf(key)
  }

  edit(folderId: NodeId, edits: readonly FolderEdit[]): FolderDelta {
    return this.#edit(folderId, edits, this.#actorId)
  }

  /** Edits that nobody asked for: what a rule demands. */
  repair(folderId: NodeId, edits: readonly FolderEdit[]): FolderDelta {
    return this.#edit(folderId, edits, null)
  }

  /** Takes a client's update, which was scanned. */
  apply(folderId: NodeId, payload: Uint8Array, origin: unknown): FolderDelta {
    const { shadow, rows } = this.#get(folderId)
    rows.push({ payload, authorId: this.#actorId, origin })
    return shadow.folder.apply(payload)
  }

  async create(folderId: NodeId): Promise<void> {
    await insertDocuments(this.tx, [folderId])
    const shadow: ShadowFolder = {
      folder: new FolderReplica(),
      epoch: 1,
      seq: 0,
      tail: { rows: 0, bytes: 0 },
      checkpointBytes: 0,
      isClaimed: false,
    }
    this.#held.set(folderId, { shadow, rows: [] })
  }

  afterCommit(action: () => void): void {
    this.#afterCommit.push(action)
  }

  shadowOf(folderId: NodeId): ShadowFolder {
    return this.#get(folderId).shadow
  }

  /** Logs the updates, in the order in which they were made; once. */
  async append(): Promise<void> {
    if (this.#isAppended) return
    this.#isAppended = true
    const changed = [...this.#held].filter(([, { rows }]) => rows.length > 0)
    if (changed.length === 0) return
    const rows = changed.flatMap(([id, { shadow, rows: updates }]) =>
      updates.map(({ payload, authorId }, index) => ({
        documentId: id,
        seq: shadow.seq + index + 1,
        authorId,
        payload: this.#seals.seal(id, 'update', payload),
      })),
    )
    await this.#claim(changed)
    await appendRows(this.tx, rows)
  }

  /** After the commit: where each changed folder stands, and what was added to it. */
  settle(): CommittedFolder[] {
    const settled: CommittedFolder[] = []
    for (const [folderId, { shadow, rows }] of this.#held) {
      this.#shadows.keep(folderId, shadow)
      if (rows.length === 0) continue
      shadow.seq += rows.length
      shadow.isClaimed = true
      shadow.tail.rows += rows.length
      shadow.tail.bytes += rows.reduce((sum, { payload }) => sum + payload.length, 0)
      const position = { epoch: shadow.epoch, seq: shadow.seq }
      settled.push({ folderId, rows, position, serverClientId: shadow.folder.doc.clientID })
    }
    return settled
  }

  runAfterCommit(): void {
    for (const action of this.#afterCommit) action()
  }

  /** Throws away what may differ from the log, and gives the folders that were changed. */
  abandon(): NodeId[] {
    const touched = [...this.#held].flatMap(([id, { rows }]) => (rows.length > 0 ? [id] : []))
    for (const id of this.#held.keys()) this.#shadows.discard(id)
    this.#held.clear()
    return touched
  }

  #edit(folderId: NodeId, edits: readonly FolderEdit[], authorId: UserId | null): FolderDelta {
    if (this.#isAppended) throw new RangeError('What was edited is logged already')
    const { shadow, rows } = this.#get(folderId)
    const { update, delta } = shadow.folder.edit(edits)
    if (update) rows.push({ payload: update, authorId, origin: serverOrigin })
    return delta
  }

  #get(folderId: NodeId): HeldFolder {
    const held = this.#held.get(folderId)
    if (!held) throw new RangeError(`The transaction does not hold the folder ${folderId}`)
    return held
  }

  /** The ids that our edits carry are the server's; nobody else may write under them. */
  async #claim(changed: readonly (readonly [NodeId, HeldFolder])[]): Promise<void> {
    const unclaimed = changed.filter(([, { shadow }]) => !shadow.isClaimed)
    if (unclaimed.length === 0) return
    await sql`${withNext} INSERT INTO client_claims (document_id, client_id, owner)
      SELECT document_id, client_id, 'server' FROM unnest(
        ${unclaimed.map(([id]) => id)}::uuid[],
        ${unclaimed.map(([, { shadow }]) => shadow.folder.doc.clientID)}::bigint[]
      ) AS claimed (document_id, client_id)
      ON CONFLICT DO NOTHING`.execute(this.tx)
  }
}
