import type { NodeId, UserId } from '@cloudsync/protocol'
import type { Access } from '#features/access/index.ts'
import { sql } from 'kysely'
import type { Database } from '#platform/db/database.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { listClosedBelow } from './closed-below.ts'

/** What a copy is made of: a node with all that is below it, and the words of its texts. */
export interface CopySource {
  /** Folders before what is in them; the first is the node itself. */
  readonly rows: readonly NodeRow[]
  readonly texts: ReadonlyMap<NodeId, string>
}

export interface TextReader {
  readText(id: NodeId): Promise<{ readonly text: string }>
}

interface CopyParts {
  readonly db: Database
  readonly live: TextReader
  readonly access: Access
}

/** More is copied in several requests. */
const maxNodes = 5_000
const maxTextUnits = 64 * 1024 * 1024

/**
 * Reads what is to be copied: what the user may read of it, so private folders of others are left out.
 * Throws `not_found`, `trashed`, and `too_large` above the bounds.
 */
export async function readCopySource(
  { db, live, access }: CopyParts,
  userId: UserId,
  id: NodeId,
): Promise<CopySource> {
  const closed = await listClosedBelow({ db: db.kysely, access }, userId, [id], 'node.read')
  const { rows } = await sql<NodeRow>`
    WITH RECURSIVE below AS (
      SELECT id, 0 AS depth FROM nodes WHERE id = ${id}
      UNION ALL
      SELECT nodes.id, below.depth + 1 FROM below
      JOIN nodes ON nodes.parent_id = below.id AND nodes.trashed_at IS NULL
        AND nodes.id <> ALL(${closed}::uuid[])
    )
    SELECT nodes.* FROM below JOIN nodes ON nodes.id = below.id
    ORDER BY below.depth, nodes.id LIMIT ${maxNodes + 1}
  `.execute(db.kysely)
  if (!rows[0]) throw new ProblemError('not_found')
  if (rows[0].trashed_at !== null) throw new ProblemError('trashed')
  if (rows.length > maxNodes) throw tooLarge(`At most ${maxNodes} nodes are copied at once`)
  const words = new Map<NodeId, string>()
  let units = 0
  for (const row of rows) {
    if (row.kind !== 'text') continue
    const { text } = await live.readText(row.id)
    units += text.length
    if (units > maxTextUnits) throw tooLarge('The texts are too long to be copied at once')
    words.set(row.id, text)
  }
  return { rows, texts: words }
}

function tooLarge(detail: string): ProblemError {
  return new ProblemError('too_large', { detail })
}
