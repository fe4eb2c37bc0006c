import type { Pool } from 'pg'
import type { RestCaller } from './rest-caller.ts'

const PAGE = 1_000
const SMALL_FOLDER = 100
const DEPTH = 10

/** A space to measure; what is measured in it was made by requests, the rest of it by SQL. */
export interface MeasuredTree {
  readonly caller: RestCaller
  readonly spaceId: string
  /** Has 1,000 children. */
  readonly wideId: string
  /** In a folder of 100 children. */
  readonly renamedId: string
  /** A folder in the first of two folders. */
  readonly movedId: string
  readonly placeIds: readonly [string, string]
  /** Ten folders deep. */
  readonly deepId: string
  readonly deepPath: string
  /** Of all that is in the space. */
  readonly size: number
}

/** Fills the caller's space until it has `size` nodes, or no more than what is measured needs. */
export async function openMeasuredTree(
  database: Pool,
  caller: RestCaller,
  size: number,
): Promise<MeasuredTree> {
  const { id: spaceId, rootId } = await caller.space()
  const wideId = await caller.createFolder(rootId, 'wide')
  await caller.createFolders(wideId, names('child', PAGE))
  const smallId = await caller.createFolder(rootId, 'small')
  const [renamedId = ''] = await caller.createFolders(smallId, names('child', SMALL_FOLDER))
  const from = await caller.createFolder(rootId, 'from')
  const to = await caller.createFolder(rootId, 'to')
  const movedId = await caller.createFolder(from, 'moved')
  const deepNames = names('level', DEPTH)
  let deepId = rootId
  for (const name of deepNames) deepId = await caller.createFolder(deepId, name)
  const fillId = await caller.createFolder(rootId, 'fill')
  const made = await countNodes(database, spaceId)
  if (size > made) await insertFolders(database, { spaceId, parentId: fillId, count: size - made })
  await database.query('VACUUM (ANALYZE) nodes, documents')
  return {
    caller,
    spaceId,
    wideId,
    renamedId,
    movedId,
    placeIds: [from, to],
    deepId,
    deepPath: deepNames.join('/'),
    size: Math.max(size, made),
  }
}

/** As the server runs it for a page of the folder, with the one more that tells of a next page. */
export async function queryChildren(database: Pool, folderId: string): Promise<void> {
  await database.query(
    `SELECT * FROM nodes WHERE parent_id = $1 AND trashed_at IS NULL
     ORDER BY name_key, id LIMIT $2`,
    [folderId, PAGE + 1],
  )
}

/** Folders with 99 empty texts each; the documents of these folders list nothing. */
export async function insertFolders(
  database: Pool,
  { spaceId, parentId, count }: { spaceId: string; parentId: string; count: number },
): Promise<void> {
  await database.query(
    `WITH space AS (
       UPDATE spaces SET seq = seq + $3 WHERE id = $1 RETURNING seq - $3 AS before
     ), folders AS MATERIALIZED (
       SELECT number, uuidv7() AS id FROM generate_series(0, ($3::int - 1) / 100) AS number
     ), made AS (
       INSERT INTO nodes (id, space_id, parent_id, name, name_key, kind, size_bytes, rev)
       SELECT
         CASE WHEN position % 100 = 0 THEN folders.id ELSE uuidv7() END,
         $1,
         CASE WHEN position % 100 = 0 THEN $2::uuid ELSE folders.id END,
         'node-' || position, 'node-' || position,
         CASE WHEN position % 100 = 0 THEN 'folder' ELSE 'text' END,
         CASE WHEN position % 100 = 0 THEN NULL ELSE 0 END,
         space.before + position + 1
       FROM space, generate_series(0, $3::int - 1) AS position
       JOIN folders ON folders.number = position / 100
       RETURNING id
     )
     INSERT INTO documents (id) SELECT id FROM made`,
    [spaceId, parentId, count],
  )
}

async function countNodes(database: Pool, spaceId: string): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM nodes WHERE space_id = $1',
    [spaceId],
  )
  return rows[0]?.count ?? 0
}

function names(stem: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${stem}-${String(index).padStart(4, '0')}`)
}
