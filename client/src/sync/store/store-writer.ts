import type { NodeId } from '@cloudsync/protocol'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { LocalEntry, RemoteEntry, SyncedEntry } from '../model/entry.ts'
import type { PlaceIntent, SendIntent, WriteIntent } from '../model/intents.ts'
import type { ConflictRecord, HistoryRecord, Problem, Side, TextRecord } from './records.ts'
import type { TreeTable } from './tree-table.ts'

/** What a transaction changed of that which is in memory; `undefined` where it was removed. */
export interface Written {
  readonly remote: Map<NodeId, RemoteEntry | undefined>
  readonly local: Map<NodeId, LocalEntry | undefined>
  readonly synced: Map<NodeId, SyncedEntry | undefined>
  readonly problems: Map<NodeId, Problem | undefined>
  readonly writes: Map<NodeId, WriteIntent | undefined>
  readonly sends: Map<NodeId, SendIntent | undefined>
  readonly places: Map<NodeId, PlaceIntent | undefined>
  readonly settings: Map<string, string>
  readonly trashed: Map<NodeId, true | undefined>
  readonly trashing: Map<NodeId, true | undefined>
  readonly approvals: { id: NodeId; side: Side; isApproved: boolean }[]
}

interface Tables {
  readonly remote: TreeTable<RemoteEntry>
  readonly local: TreeTable<LocalEntry>
  readonly synced: TreeTable<SyncedEntry>
}

/** So many deeds are remembered. */
const historyRows = 20_000

/** What can be written, and only in a transaction of `SyncStore`. */
export class StoreWriter {
  readonly #tables: Tables
  readonly #statements: ReturnType<typeof prepareAll>
  #written = nothingWritten()

  constructor(database: DatabaseSync, tables: Tables) {
    this.#tables = tables
    this.#statements = prepareAll(database)
  }

  /** What was written since it was last asked. */
  take(): Written {
    const written = this.#written
    this.#written = nothingWritten()
    return written
  }

  putRemote(entry: RemoteEntry): void {
    this.#tables.remote.writeRow(entry)
    this.#written.remote.set(entry.id, entry)
  }

  removeRemote(id: NodeId): void {
    this.#tables.remote.removeRow(id)
    this.#written.remote.set(id, undefined)
  }

  /** Whether it lies in the server's trash, by itself or within a folder. */
  setTrashed(id: NodeId, isTrashed: boolean): void {
    const { putTrashed, removeTrashed } = this.#statements
    if (isTrashed) putTrashed.run(id)
    else removeTrashed.run(id)
    this.#written.trashed.set(id, isTrashed || undefined)
  }

  /** Whether it was about to be trashed on the disk, as it was on the server. */
  setTrashing(id: NodeId, isTrashing: boolean): void {
    const { putTrashing, removeTrashing } = this.#statements
    if (isTrashing) putTrashing.run(id)
    else removeTrashing.run(id)
    this.#written.trashing.set(id, isTrashing || undefined)
  }

  putLocal(entry: LocalEntry): void {
    this.#tables.local.writeRow(entry)
    this.#written.local.set(entry.id, entry)
  }

  removeLocal(id: NodeId): void {
    this.#tables.local.removeRow(id)
    this.#written.local.set(id, undefined)
  }

  putSynced(entry: SyncedEntry): void {
    this.#tables.synced.writeRow(entry)
    this.#written.synced.set(entry.id, entry)
  }

  removeSynced(id: NodeId): void {
    this.#tables.synced.removeRow(id)
    this.#written.synced.set(id, undefined)
  }

  /** `undefined`: a snapshot is to be taken next. */
  setCursor(cursor: string | undefined): void {
    this.setSetting('cursor', cursor ?? '')
  }

  setSeenSeq(seq: number): void {
    this.setSetting('seenSeq', String(seq))
  }

  /** Whether anything may be made in the linked folder. */
  setCanEditRoot(canEditRoot: boolean): void {
    this.setSetting('canEditRoot', String(canEditRoot))
  }

  setSetting(name: string, value: string): void {
    this.#statements.putSetting.run(name, value)
    this.#written.settings.set(name, value)
  }

  putText(id: NodeId, { state, about }: TextRecord): void {
    this.#statements.putText.run(id, about, state)
  }

  removeText(id: NodeId): void {
    this.#statements.removeText.run(id)
  }

  /** `base`: all that is in it, of a text, for as long as nothing else is known of its history. */
  putWrite(intent: WriteIntent, base: Uint8Array | undefined): void {
    this.#statements.putWrite.run(intent.id, JSON.stringify(intent), base ?? null)
    this.#written.writes.set(intent.id, intent)
  }

  removeWrite(id: NodeId): void {
    this.#statements.removeWrite.run(id)
    this.#written.writes.set(id, undefined)
  }

  putSend(intent: SendIntent): void {
    this.#statements.putSend.run(intent.id, JSON.stringify(intent))
    this.#written.sends.set(intent.id, intent)
  }

  removeSend(id: NodeId): void {
    this.#statements.removeSend.run(id)
    this.#written.sends.set(id, undefined)
  }

  putPlace(intent: PlaceIntent): void {
    this.#statements.putPlace.run(intent.id, JSON.stringify(intent))
    this.#written.places.set(intent.id, intent)
  }

  removePlace(id: NodeId): void {
    this.#statements.removePlace.run(id)
    this.#written.places.set(id, undefined)
  }

  putProblem(problem: Problem): void {
    const { id, path, code, detail, attempts, sinceMs, retryAtMs } = problem
    this.#statements.putProblem.run(id, path, code, detail, attempts, sinceMs, retryAtMs)
    this.#written.problems.set(id, problem)
  }

  removeProblem(id: NodeId): void {
    this.#statements.removeProblem.run(id)
    this.#written.problems.set(id, undefined)
  }

  setApproved(id: NodeId, side: Side, isApproved: boolean): void {
    const { putApproval, removeApproval } = this.#statements
    if (isApproved) putApproval.run(id, side)
    else removeApproval.run(id, side)
    this.#written.approvals.push({ id, side, isApproved })
  }

  addConflict(conflict: Omit<ConflictRecord, 'number' | 'resolvedAtMs'>): void {
    const { nodeId, path, kind, atMs, detail } = conflict
    this.#statements.addConflict.run(nodeId, path, kind, atMs, detail)
  }

  resolveConflict(number: number, atMs: number): void {
    this.#statements.resolveConflict.run(atMs, number)
  }

  addHistory({ atMs, operation, nodeId, path, detail }: Omit<HistoryRecord, 'number'>): void {
    const { addHistory, cutHistory } = this.#statements
    const { lastInsertRowid } = addHistory.run(atMs, operation, nodeId, path, detail)
    if (Number(lastInsertRowid) % 1000 === 0) cutHistory.run(Number(lastInsertRowid) - historyRows)
  }
}

function nothingWritten(): Written {
  return {
    remote: new Map(),
    local: new Map(),
    synced: new Map(),
    problems: new Map(),
    writes: new Map(),
    sends: new Map(),
    places: new Map(),
    settings: new Map(),
    trashed: new Map(),
    trashing: new Map(),
    approvals: [],
  }
}

function prepareAll(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql)
  return {
    putSetting: prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)'),
    putTrashed: prepare('INSERT OR IGNORE INTO trashed (id) VALUES (?)'),
    removeTrashed: prepare('DELETE FROM trashed WHERE id = ?'),
    putTrashing: prepare('INSERT OR IGNORE INTO trashing (id) VALUES (?)'),
    removeTrashing: prepare('DELETE FROM trashing WHERE id = ?'),
    putText: prepare('INSERT OR REPLACE INTO texts (id, record, state) VALUES (?, ?, ?)'),
    removeText: prepare('DELETE FROM texts WHERE id = ?'),
    putWrite: prepare('INSERT OR REPLACE INTO writes (id, intent, base) VALUES (?, ?, ?)'),
    removeWrite: prepare('DELETE FROM writes WHERE id = ?'),
    putSend: prepare('INSERT OR REPLACE INTO sends (id, intent) VALUES (?, ?)'),
    removeSend: prepare('DELETE FROM sends WHERE id = ?'),
    putPlace: prepare('INSERT OR REPLACE INTO places (id, intent) VALUES (?, ?)'),
    removePlace: prepare('DELETE FROM places WHERE id = ?'),
    putProblem: prepare('INSERT OR REPLACE INTO problems VALUES (?, ?, ?, ?, ?, ?, ?)'),
    removeProblem: prepare('DELETE FROM problems WHERE id = ?'),
    putApproval: prepare('INSERT OR IGNORE INTO approvals (id, side) VALUES (?, ?)'),
    removeApproval: prepare('DELETE FROM approvals WHERE id = ? AND side = ?'),
    addConflict: prepare(
      'INSERT INTO conflicts (node_id, path, kind, at_ms, detail) VALUES (?, ?, ?, ?, ?)',
    ),
    resolveConflict: prepare('UPDATE conflicts SET resolved_at_ms = ? WHERE number = ?'),
    addHistory: prepare(
      'INSERT INTO history (at_ms, operation, node_id, path, detail) VALUES (?, ?, ?, ?, ?)',
    ),
    cutHistory: prepare('DELETE FROM history WHERE number <= ?'),
  }
}
