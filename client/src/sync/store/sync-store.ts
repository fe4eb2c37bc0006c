import type { NodeId } from '@cloudsync/protocol'
import type { DatabaseSync } from 'node:sqlite'
import type { LocalEntry, RemoteEntry, SyncedEntry, Trees } from '../model/entry.ts'
import type {
  ConflictRecord,
  HistoryQuery,
  HistoryRecord,
  Problem,
  Side,
  TextRecord,
} from './records.ts'
import { migrate } from './schema.ts'
import { StoreWriter, type Written } from './store-writer.ts'
import { localShape, remoteShape, syncedShape, TreeTable } from './tree-table.ts'
import { readConflicts, readHistory, readProblems } from './store-queries.ts'

/** After so many transactions the log is written back and cut, so that it never outgrows the database. */
const checkpointEvery = 200

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
  readonly #settings = new Map<string, string>()
  readonly #trashed = new Map<NodeId, true>()
  readonly #writer: StoreWriter
  #commits = 0
  #isWriting = false
  #isDurable = false
  #revision = 0

  /** Takes over the database, which nobody else may have open for writing. */
  constructor(database: DatabaseSync) {
    this.#database = database
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY',
    )
    migrate(database)
    this.#remote = new TreeTable(database, remoteShape)
    this.#local = new TreeTable(database, localShape)
    this.#synced = new TreeTable(database, syncedShape)
    for (const problem of readProblems(database)) this.#problems.set(problem.id, problem)
    for (const { id, side } of database.prepare('SELECT id, side FROM approvals').all())
      this.#approved[side as Side].add(id as NodeId)
    for (const { id } of database.prepare('SELECT id FROM trashed').all())
      this.#trashed.set(id as NodeId, true)
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

  /** From where the change feed goes on; `undefined`: a snapshot is to be taken. */
  get cursor(): string | undefined {
    return this.#settings.get('cursor') || undefined
  }

  /** The highest sequence number that the change feed told; all up to it is known. */
  get seenSeq(): number {
    return Number(this.#settings.get('seenSeq') ?? 0)
  }

  /** In the server's trash, of what was known before. */
  get trashed(): ReadonlyMap<NodeId, true> {
    return this.#trashed
  }

  get problems(): ReadonlyMap<NodeId, Problem> {
    return this.#problems
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
   * when the power fails; for what could not be seen again, as what of a text has been sent.
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
    } finally {
      this.#isWriting = false
    }
    if (++this.#commits % checkpointEvery === 0) this.checkpoint()
  }

  /** Writes the log back into the database and cuts it. */
  checkpoint(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  [Symbol.dispose](): void {
    if (!this.#database.isOpen) return
    this.checkpoint()
    this.#database.close()
  }

  #follow(written: Written): void {
    const { remote, local, synced, approvals, trashed } = written
    if (remote.size + local.size + synced.size + approvals.length + trashed.size > 0)
      this.#revision++
    for (const [id, entry] of written.remote) follow(this.#remote.entries, id, entry)
    for (const [id, entry] of written.local) follow(this.#local.entries, id, entry)
    for (const [id, entry] of written.synced) follow(this.#synced.entries, id, entry)
    for (const [id, problem] of written.problems) follow(this.#problems, id, problem)
    for (const [id, isTrashed] of written.trashed) follow(this.#trashed, id, isTrashed)
    for (const [name, value] of written.settings) this.#settings.set(name, value)
    for (const { id, side, isApproved } of written.approvals)
      if (isApproved) this.#approved[side].add(id)
      else this.#approved[side].delete(id)
  }
}

function follow<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
