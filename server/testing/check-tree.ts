import { nameKey, readFolder, type FolderView } from '@cloudsync/crdt'
import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { sql, type Kysely, type Selectable } from 'kysely'
import { buildDocument } from '#features/live/document-loading.ts'
import type { DocumentStore } from '#features/live/document-store.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { DeparturesTable, NodesTable } from '#platform/db/tables/node-tables.ts'
import { openTestStore } from './test-keys.ts'

type NodeRow = Selectable<NodesTable>

/**
 * What is wrong with the trees of a database, or of one space in it: one line for each invariant that is
 * broken. Nothing may be changing them meanwhile.
 */
export async function findTreeFaults(db: Kysely<Schema>, spaceId?: string): Promise<string[]> {
  const spaces = await listSpaces(db, spaceId)
  const { rows } = await sql<NodeRow>`
    SELECT * FROM nodes WHERE space_id = ANY(${[...spaces.keys()]}::uuid[])`.execute(db)
  return [
    ...findPlaceFaults(rows, spaces),
    ...findNameFaults(rows),
    ...(await findDocumentFaults(db, rows)),
    ...(await findFeedFaults(db, rows, spaces)),
    ...(await findBookFaults(db, [...spaces.keys()])),
  ]
}

interface Space {
  readonly rootId: string
  readonly seq: number
}

async function listSpaces(
  db: Kysely<Schema>,
  spaceId: string | undefined,
): Promise<Map<string, Space>> {
  let spaces = db.selectFrom('spaces').select(['id', 'root_id', 'seq'])
  if (spaceId !== undefined) spaces = spaces.where('id', '=', spaceId as SpaceId)
  const rows = await spaces.execute()
  return new Map(rows.map((row) => [row.id, { rootId: row.root_id, seq: row.seq }]))
}

/** One parent each, which is a folder of the same space; every way up ends at the root of the space. */
function findPlaceFaults(rows: readonly NodeRow[], spaces: ReadonlyMap<string, Space>): string[] {
  const byId = new Map<string, NodeRow>(rows.map((row) => [row.id, row]))
  const faults: string[] = []
  for (const row of rows) {
    const rootId = spaces.get(row.space_id)?.rootId
    if (row.parent_id === null) {
      if (row.id !== rootId) faults.push(`${tell(row)} has no parent and is no root`)
      if (row.trashed_at !== null) faults.push(`the root ${row.id} is in the trash`)
      continue
    }
    const parent = byId.get(row.parent_id)
    if (!parent) faults.push(`${tell(row)} has a parent outside of its space`)
    else if (parent.kind !== 'folder') faults.push(`${tell(row)} lies in ${tell(parent)}`)
    else if (parent.space_id !== row.space_id)
      faults.push(`${tell(row)} is in another space than its parent`)
    if (findTop(row, byId) !== rootId) faults.push(`${tell(row)} is not below its root: a circle`)
  }
  return faults
}

function findTop(row: NodeRow, byId: ReadonlyMap<string, NodeRow>): string | undefined {
  const seen = new Set<string>()
  let at: NodeRow | undefined = row
  while (at && at.parent_id !== null) {
    if (seen.has(at.id)) return undefined
    seen.add(at.id)
    at = byId.get(at.parent_id)
  }
  return at?.id
}

function findNameFaults(rows: readonly NodeRow[]): string[] {
  const faults: string[] = []
  const holders = new Map<string, NodeRow>()
  for (const row of rows) {
    if (row.trashed_at !== null || row.parent_id === null) continue
    if (row.name_key !== nameKey(row.name)) faults.push(`${tell(row)} has the key ${row.name_key}`)
    const place = `${row.parent_id}/${nameKey(row.name)}`
    const holder = holders.get(place)
    if (holder) faults.push(`${tell(row)} and ${tell(holder)} have one name`)
    holders.set(place, row)
  }
  return faults
}

/** Rows say what the documents say, and each folder and text has a document. */
async function findDocumentFaults(db: Kysely<Schema>, rows: readonly NodeRow[]): Promise<string[]> {
  const faults: string[] = []
  const store = openTestStore(db)
  const children = Map.groupBy(
    rows.filter((row) => row.trashed_at === null),
    (row) => row.parent_id,
  )
  const documents = await sql<{ id: string }>`
    SELECT id FROM documents WHERE id = ANY(${rows.map(({ id }) => id)}::uuid[])`.execute(db)
  const documented = new Set(documents.rows.map(({ id }) => id))
  for (const row of rows) {
    if (documented.has(row.id) !== (row.kind !== 'blob'))
      faults.push(`${tell(row)} ${row.kind === 'blob' ? 'has a' : 'has no'} document`)
    else if (row.kind === 'folder')
      faults.push(
        ...compareFolder(row, children.get(row.id) ?? [], await readFolderView(store, row.id)),
      )
  }
  return faults
}

async function readFolderView(store: DocumentStore, id: NodeId): Promise<FolderView> {
  const stored = await store.find(id)
  if (!stored) return new Map()
  const doc = await buildDocument(stored.checkpoint, stored.rows)
  const view = readFolder(doc)
  doc.destroy()
  return view
}

function compareFolder(folder: NodeRow, children: readonly NodeRow[], view: FolderView): string[] {
  const faults: string[] = []
  for (const child of children) {
    const listed = view.get(child.id)
    if (!listed) faults.push(`${tell(folder)} does not list ${tell(child)}`)
    else if (listed.name !== child.name || listed.kind !== child.kind)
      faults.push(`${tell(folder)} lists ${tell(child)} as ${listed.kind} ${listed.name}`)
  }
  const present = new Set<string>(children.map(({ id }) => id))
  for (const [id, { name }] of view)
    if (!present.has(id)) faults.push(`${tell(folder)} lists ${name} (${id}), which is not in it`)
  return faults
}

/** Places in the feed are unique and given out; nothing is both there and gone. */
async function findFeedFaults(
  db: Kysely<Schema>,
  rows: readonly NodeRow[],
  spaces: ReadonlyMap<string, Space>,
): Promise<string[]> {
  const departures = await sql<Selectable<DeparturesTable>>`
    SELECT * FROM departures WHERE space_id = ANY(${[...spaces.keys()]}::uuid[])`.execute(db)
  const entries = [
    ...rows.map((row) => ({ spaceId: row.space_id, id: row.id, rev: row.rev, lay: null })),
    ...departures.rows.map((row) => ({
      spaceId: row.space_id,
      id: row.node_id,
      rev: row.rev,
      lay: row.folder_id,
    })),
  ]
  const faults: string[] = []
  const revs = new Set<string>()
  const ids = new Set<string>()
  for (const { spaceId, id, rev, lay } of entries) {
    if (rev < 1 || rev > (spaces.get(spaceId)?.seq ?? 0))
      faults.push(`${id} has the number ${rev}, which its space has not given out`)
    if (revs.has(`${spaceId} ${rev}`)) faults.push(`${id} shares the number ${rev}`)
    // Who moved is gone for those who see it no more.
    if (ids.has(`${spaceId} ${id}`) && lay === null)
      faults.push(`${id} is in its space, and gone from it`)
    revs.add(`${spaceId} ${rev}`)
    ids.add(`${spaceId} ${id}`)
  }
  return faults
}

/** What is kept about nodes elsewhere agrees with them. */
async function findBookFaults(db: Kysely<Schema>, spaceIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ fault: string }>`
    WITH here AS (SELECT * FROM nodes WHERE space_id = ANY(${spaceIds}::uuid[]))
    SELECT 'purged, and there: ' || id AS fault FROM here WHERE id IN (SELECT id FROM tombstones)
    UNION ALL
    SELECT 'wrong count of conflicts: ' || id FROM here WHERE open_conflicts <> (
      SELECT count(*) FROM conflicts WHERE node_id = here.id AND resolution IS NULL)
    UNION ALL
    SELECT 'a conflict in another space: ' || here.id FROM here
    JOIN conflicts ON conflicts.node_id = here.id WHERE conflicts.space_id <> here.space_id
    UNION ALL
    SELECT 'a hole in the log: ' || here.id FROM here JOIN documents USING (id)
    CROSS JOIN LATERAL (SELECT count(*) AS n, min(seq) AS lowest, max(seq) AS highest FROM update_log
      WHERE document_id = here.id) log
    WHERE log.n > 0 AND (log.highest <> documents.seq OR log.n <> log.highest - log.lowest + 1)
    UNION ALL
    SELECT 'a wrong count of bytes: ' || spaces.id || ' has ' || used_bytes || ' instead of ' || held.bytes
    FROM spaces CROSS JOIN LATERAL (
      SELECT coalesce(sum(file.bytes), 0) AS bytes FROM here CROSS JOIN LATERAL (
        SELECT CASE here.kind WHEN 'text' THEN coalesce(here.size_bytes, 0) ELSE 0 END
          + (SELECT coalesce(sum(size_bytes), 0) FROM versions WHERE node_id = here.id)
          + (SELECT coalesce(sum(octet_length(rows) + coalesce(octet_length(base), 0)), 0)
            FROM history_segments WHERE document_id = here.id AND here.kind <> 'folder') AS bytes
      ) file WHERE here.space_id = spaces.id
    ) held
    WHERE spaces.id = ANY(${spaceIds}::uuid[]) AND spaces.used_bytes <> held.bytes
  `.execute(db)
  return rows.map(({ fault }) => fault)
}

function tell({ kind, name, id, trashed_at }: NodeRow): string {
  return `the ${trashed_at === null ? '' : 'trashed '}${kind} ${name} (${id})`
}
