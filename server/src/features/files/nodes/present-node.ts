import type { Node } from '@cloudsync/protocol'
import { isoTime } from '#platform/iso-time.ts'
import { presentPerson, type People } from '../people.ts'
import type { NodeRow, ShownRow } from './node-reader.ts'

/** The JSON of nodes, with the people in them looked up at once. */
export async function presentNodes(rows: readonly ShownRow[], people: People): Promise<Node[]> {
  const ids = new Set(rows.flatMap((row) => [row.created_by, row.updated_by]))
  const users = await people.findPeople([...ids].filter((id) => id !== null))
  return rows.map((row) => ({
    id: row.id,
    spaceId: row.space_id,
    parentId: row.parent_id,
    name: row.name,
    kind: row.kind,
    isReadable: true,
    inherits: row.inherits,
    sizeBytes: row.size_bytes,
    mediaType: row.media_type,
    mode: row.kind === 'folder' ? null : row.mode,
    sha256: row.sha256?.toString('hex') ?? null,
    hasConflicts: row.open_conflicts > 0,
    seq: row.rev,
    createdAt: isoTime(row.created_at),
    createdBy: presentPerson(users, row.created_by),
    updatedAt: isoTime(row.updated_at),
    updatedBy: presentPerson(users, row.updated_by),
    trashedAt: row.trashed_at && isoTime(row.trashed_at),
  }))
}

export async function presentNode(row: NodeRow, people: People): Promise<Node> {
  const [node] = await presentNodes([row], people)
  return node as Node
}
