import type { NodeId } from '@cloudsync/protocol'
import type { DatabaseSync } from 'node:sqlite'
import type { Entry, LocalEntry, RemoteEntry, SyncedEntry, Trees } from '../model/entry.ts'
import type { PlaceIntent, SendIntent, WriteIntent } from '../model/intents.ts'
import type {
  ConflictRecord,
  HistoryQuery,
  HistoryRecord,
  Problem,
  Side,
  TextRecord,
} from './records.ts'
import { CommonStrings } from './common-strings.ts'
import { DifferingNodes } from './differing-nodes.ts'
import { GatheredWrites } from './gathered-writes.ts'
import { LogFlush } from './log-flush.ts'
import { migrate } from './schema.ts'
import { StoreWriter, type Written } from './store-writer.ts'
import { localShape, remoteShape, syncedShape, TreeTable } from './tree-table.ts'
import { toStoreError, unlessFull } from './store-failures.ts'
import {
  readConflicts,
  readHistory,
  readPlaces,
  readProblems,
  readSends,
  readWrites,
} from './store-queries.ts'

/** After so many transactions the log, which SQLite writes back by itself, is cut too, so that it does not stay long. */
const checkpointEvery = 5000

/** Rows of one transaction where many are to be written that need not come together. */
export const bulkRows = 1000

/**
 * All that is remembered of a linked folder. The three trees are in memory as a whole, as of the last commit. Nothing
 * that is still to be done is in here: it follows from the trees. Writing is synchronous, so that a process that dies
 * leaves all of a transaction or nothing. A machine that dies may lose the last ones, which are seen again by looking.
 */
export class SyncStore implements Disposable {
  readonly #database: DatabaseSync
  readonly #remote: TreeTable<RemoteEntry>
  readonly #local: TreeTable<LocalEntry>
  readonly #synced: TreeTable<SyncedEntry>
  readonly #problems = new Map<NodeId, Problem>()
  readonly #approved = { local: new Set<NodeId>(), remote: new Set<NodeId>() }
  readonly #writes = new Map<NodeId, WriteIntent>()
  readonly #sends = new Map<NodeId, SendIntent>()
  readonly #places = new Map<NodeId, PlaceIntent>()
  readonly #settings = new Map<string, string>()
  readonly #trashed = new Map<NodeId, true>()
  readonly #trashing = new Map<NodeId, true>()
  readonly #common: CommonStrings
  readonly #differing: DifferingNodes
  readonly #writer: StoreWriter
  readonly #log: LogFlush
  readonly #gathered: GatheredWrites
  #commits = 0
  #isWriting = false
  #isDurable = false
  #revision = 0

  /**
   * Takes over the database, which nobody else may have open for writing. `soon` calls back when it is time to commit
   * what was written together; by default at once.
   */
  constructor(database: DatabaseSync, soon = (run: () => void) => run()) {
    this.#database = database
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY',
    )
    migrate(database)
    this.#log = new LogFlush(database.location())
    this.#gathered = new GatheredWrites((write) => this.transaction(write), soon)
    this.#remote = new TreeTable(database, remoteShape)
    this.#local = new TreeTable(database, localShape)
    this.#synced = new TreeTable(database, syncedShape)
    this.#common = new CommonStrings(this.trees)
    this.#remote.load(this.#common.ofRemote)
    this.#local.load(this.#common.ofLocal)
    this.#synced.load(this.#common.ofSynced)
    this.#differing = new DifferingNodes(this.trees)
    for (const problem of readProblems(database)) this.#problems.set(problem.id, problem)
    for (const intent of readWrites(database)) this.#writes.set(intent.id, intent)
    for (const intent of readSends(database)) this.#sends.set(intent.id, intent)
    for (const intent of readPlaces(database)) this.#places.set(intent.id, intent)
    for (const { id, side } of database.prepare('SELECT id, side FROM approvals').all())
      this.#approved[side as Side].add(id as NodeId)
    for (const { id } of database.prepare('SELECT id FROM trashed').all())
      this.#trashed.set(id as NodeId, true)
    for (const { id } of database.prepare('SELECT id FROM trashing').all())
      this.#trashing.set(id as NodeId, true)
    for (const { name, value } of database.prepare('SELECT name, value FROM settings').all())
      this.#settings.set(String(name), String(value))
    this.#writer = new StoreWriter(database, {
      remote: this.#remote,
      local: this.#local,
      synced: this.#synced,
    })
  }

  /** As of the last commit. The maps stay the same ones; nobody else may change them. */
  get trees(): Trees {
    return {
      remote: this.#remote.entries,
      local: this.#local.entries,
      synced: this.#synced.entries,
    }
  }

  /** The nodes of which the trees say different things. */
  get differing(): ReadonlySet<NodeId> {
    return this.#differing.ids
  }

  /** From where the change feed goes on; `undefined`: a snapshot is to be taken. */
  get cursor(): string | undefined {
    return this.#settings.get('cursor') || undefined
  }

  /** The highest sequence number that the change feed told; all up to it is known. */
  get seenSeq(): number {
    return Number(this.#settings.get('seenSeq') ?? 0)
  }

  get canEditRoot(): boolean {
    return this.#settings.get('canEditRoot') !== 'false'
  }

  /** In the server's trash, of what was known before. */
  get trashed(): ReadonlyMap<NodeId, true> {
    return this.#trashed
  }

  /** On its way into the trash of the disk: what is missing of it nobody deleted here. */
  get trashing(): ReadonlyMap<NodeId, true> {
    return this.#trashing
  }

  get problems(): ReadonlyMap<NodeId, Problem> {
    return this.#problems
  }

  /** Files that were about to be put in their places, and of which it was not recorded yet whether they were. */
  get writes(): ReadonlyMap<NodeId, WriteIntent> {
    return this.#writes
  }

  /** Where nodes were about to be put, and of which it was not recorded yet whether they were. */
  get places(): ReadonlyMap<NodeId, PlaceIntent> {
    return this.#places
  }

  /** What was sent, and of which it was not recorded yet what the server said. */
  get sends(): ReadonlyMap<NodeId, SendIntent> {
    return this.#sends
  }

  /** Of both sides. */
  get approvedDeletions(): ReadonlySet<NodeId> {
    return this.#approved.local.union(this.#approved.remote)
  }

  /** Deletions that a person said may go on. */
  isApproved(id: NodeId, side: Side): boolean {
    return this.#approved[side].has(id)
  }

  setting(name: string): string | undefined {
    return this.#settings.get(name)
  }

  findText(id: NodeId): TextRecord | undefined {
    const row = this.#database.prepare('SELECT record, state FROM texts WHERE id = ?').get(id)
    if (!row || !(row['state'] instanceof Uint8Array)) return undefined
    return { state: row['state'], about: String(row['record']) }
  }

  /** What was to be in the file, of a text of whose history nothing was known. */
  findWriteBase(id: NodeId): Uint8Array | undefined {
    const row = this.#database.prepare('SELECT base FROM writes WHERE id = ?').get(id)
    return row?.['base'] instanceof Uint8Array ? row['base'] : undefined
  }

  /** Newest first. */
  listHistory(query: HistoryQuery = {}): HistoryRecord[] {
    return readHistory(this.#database, query)
  }

  /** Unresolved ones first, newest first. */
  listConflicts(limit = 1000): ConflictRecord[] {
    return readConflicts(this.#database, limit)
  }

  /** Another one whenever something changed of which plans are made. */
  get revision(): number {
    return this.#revision
  }

  /**
   * All that `write` does is there afterwards, or nothing. `write` may not keep its argument, nor wait. `isDurable`: also
   * when the power fails; for what could not be seen again, as what of a text has been sent. Throws `StoreError` where the
   * disk takes nothing.
   */
  transaction(write: (writer: StoreWriter) => void, { isDurable = false } = {}): void {
    if (this.#isWriting) throw new Error('a transaction in a transaction')
    this.#isWriting = true
    try {
      if (isDurable !== this.#isDurable) {
        this.#database.exec(`PRAGMA synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`)
        this.#isDurable = isDurable
      }
      this.#database.exec('BEGIN IMMEDIATE')
      let written: Written
      try {
        write(this.#writer)
        written = this.#writer.take()
        this.#database.exec('COMMIT')
      } catch (error) {
        this.#writer.take()
        // SQLite has rolled back by itself where the disk is full.
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
      this.#follow(written)
    } catch (error) {
      throw toStoreError(error)
    } finally {
      this.#isWriting = false
    }
    if (++this.#commits % checkpointEvery === 0) this.checkpoint()
  }

  /** A transaction together with those of others who ask at about the same time. Resolves when it is committed. */
  writeTogether(write: (writer: StoreWriter) => void): Promise<void> {
    return this.#gathered.add(write)
  }

  /** Resolves when all transactions up to now are there also when the power fails. Holds nothing up. */
  flush(): Promise<void> {
    return this.#log.flush()
  }

  /** Writes the log back into the database and cuts it; where there is no room for that, what it says stands all the same. */
  checkpoint(): void {
    unlessFull(() => this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
  }

  [Symbol.dispose](): void {
    if (!this.#database.isOpen) return
    this.#gathered.commitAll()
    this.checkpoint()
    this.#database.close()
  }

  #follow(written: Written): void {
    const { remote, local, synced, approvals, trashed, settings } = written
    const changes = remote.size + local.size + synced.size + approvals.length + trashed.size
    if (changes > 0 || settings.has('canEditRoot')) this.#revision++
    for (const [id, entry] of written.remote)
      keep(this.#remote.entries, id, entry && this.#common.ofRemote(entry))
    for (const [id, entry] of written.local)
      keep(this.#local.entries, id, entry && this.#common.ofFound(entry))
    for (const [id, entry] of written.synced)
      keep(this.#synced.entries, id, entry && this.#common.ofSynced(entry))
    for (const tree of [remote, local, synced])
      for (const id of tree.keys()) this.#differing.look(id)
    for (const [id, problem] of written.problems) follow(this.#problems, id, problem)
    for (const [id, intent] of written.writes) follow(this.#writes, id, intent)
    for (const [id, intent] of written.sends) follow(this.#sends, id, intent)
    for (const [id, intent] of written.places) follow(this.#places, id, intent)
    for (const [id, isTrashed] of written.trashed) follow(this.#trashed, id, isTrashed)
    for (const [id, isTrashing] of written.trashing) follow(this.#trashing, id, isTrashing)
    for (const [name, value] of written.settings) this.#settings.set(name, value)
    for (const { id, side, isApproved } of written.approvals)
      if (isApproved) this.#approved[side].add(id)
      else this.#approved[side].delete(id)
  }
}

/** Under the id that the entry has, which is the string that all trees have. */
function keep<E extends Entry>(entries: Map<NodeId, E>, id: NodeId, entry: E | undefined): void {
  follow(entries, entry?.id ?? id, entry)
}

function follow<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
