import type { NodeId } from '@cloudsync/protocol'
import type { DatabaseSync } from 'node:sqlite'
import type { PlaceIntent, SendIntent, WriteIntent } from '../model/intents.ts'
import type { ConflictRecord, HistoryQuery, HistoryRecord, Problem } from './records.ts'

export function readProblems(database: DatabaseSync): Problem[] {
  const rows = database.prepare('SELECT * FROM problems').all()
  return rows.map((row) => ({
    id: String(row['id']) as NodeId,
    path: String(row['path']),
    code: String(row['code']),
    detail: String(row['detail']),
    attempts: Number(row['attempts']),
    sinceMs: Number(row['since_ms']),
    retryAtMs: Number(row['retry_at_ms']),
  }))
}

export function readWrites(database: DatabaseSync): WriteIntent[] {
  const rows = database.prepare('SELECT intent FROM writes').all()
  return rows.map((row) => JSON.parse(String(row['intent'])) as WriteIntent)
}

export function readSends(database: DatabaseSync): SendIntent[] {
  const rows = database.prepare('SELECT intent FROM sends').all()
  return rows.map((row) => JSON.parse(String(row['intent'])) as SendIntent)
}

export function readPlaces(database: DatabaseSync): PlaceIntent[] {
  const rows = database.prepare('SELECT intent FROM places').all()
  return rows.map((row) => JSON.parse(String(row['intent'])) as PlaceIntent)
}

export function readHistory(database: DatabaseSync, query: HistoryQuery): HistoryRecord[] {
  const rows = database
    .prepare(
      `SELECT * FROM history WHERE number < ? AND (? IS NULL OR node_id = ?)
       ORDER BY number DESC LIMIT ?`,
    )
    .all(
      query.before ?? Number.MAX_SAFE_INTEGER,
      query.nodeId ?? null,
      query.nodeId ?? null,
      query.limit ?? 100,
    )
  return rows.map((row) => ({
    number: Number(row['number']),
    atMs: Number(row['at_ms']),
    operation: String(row['operation']),
    nodeId: String(row['node_id']) as NodeId,
    path: String(row['path']),
    detail: String(row['detail']),
  }))
}

export function readConflicts(database: DatabaseSync, limit: number): ConflictRecord[] {
  const rows = database
    .prepare('SELECT * FROM conflicts ORDER BY resolved_at_ms IS NOT NULL, number DESC LIMIT ?')
    .all(limit)
  return rows.map((row) => ({
    number: Number(row['number']),
    nodeId: String(row['node_id']) as NodeId,
    path: String(row['path']),
    kind: String(row['kind']) as ConflictRecord['kind'],
    atMs: Number(row['at_ms']),
    detail: String(row['detail']),
    resolvedAtMs: row['resolved_at_ms'] === null ? undefined : Number(row['resolved_at_ms']),
  }))
}
