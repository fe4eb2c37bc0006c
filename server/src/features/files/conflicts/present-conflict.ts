import type { Conflict } from '@cloudsync/protocol'
import type { ConflictSide } from '#platform/db/tables/node-tables.ts'
import type { NodeReader } from '../nodes/node-reader.ts'
import { presentPerson, type People } from '../people.ts'
import type { ConflictRow } from './conflict-records.ts'

/** The JSON of conflicts, with nodes and people looked up at once. */
export async function presentConflicts(
  rows: readonly ConflictRow[],
  nodes: NodeReader,
  people: People,
): Promise<Conflict[]> {
  const ids = new Set(rows.flatMap((row) => [row.mine.by, row.theirs.by, row.resolved_by]))
  const users = await people.findPeople([...ids].filter((id) => id !== null))
  const names = await nodes.findNames(rows.map((row) => row.node_id))
  const presentSide = ({ version, parentId, name, by }: ConflictSide) => ({
    version: version ?? null,
    parentId: parentId ?? null,
    name: name ?? null,
    by: presentPerson(users, by),
  })
  return rows.map((row) => ({
    id: row.id,
    nodeId: row.node_id,
    spaceId: row.space_id,
    nodeName: names.get(row.node_id) ?? '',
    kind: row.kind,
    mine: presentSide(row.mine),
    theirs: presentSide(row.theirs),
    resolution: row.resolution,
    createdAt: row.created_at.toISOString(),
    resolvedAt: row.resolved_at?.toISOString() ?? null,
    resolvedBy: presentPerson(users, row.resolved_by),
  }))
}

export async function presentConflict(
  row: ConflictRow,
  nodes: NodeReader,
  people: People,
): Promise<Conflict> {
  const [conflict] = await presentConflicts([row], nodes, people)
  return conflict as Conflict
}
