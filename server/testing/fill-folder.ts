import { createFolderState, type FolderChild } from '@cloudsync/crdt'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

/** One child in so many is a folder, the others are texts. */
const FOLDER_EVERY = 100
/** Of nobody else: those of servers and browsers are random. */
const CLIENT_ID = 1

/**
 * Fills a folder of the server that runs on `dataDir` with its embedded database. What is there does not
 * depend on the way that it came, and requests take minutes for 100,000 children.
 */
export async function fillFolder(
  dataDir: string,
  folder: { readonly spaceId: string; readonly id: string },
  count: number,
): Promise<void> {
  const pidFile = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')
  const host = pidFile.split('\n')[4]?.trim()
  if (host === undefined) throw new Error('The embedded database does not run')
  const database = new pg.Pool({ host, port: 5432, user: 'cloudsync', database: 'cloudsync' })
  try {
    await insertChildren(database, folder, count)
  } finally {
    await database.end()
  }
}

/**
 * Puts `count` children into a folder and lists them in its document as the server does, but all in a few
 * statements: `folder-…` and `text-…`, numbered alike.
 */
async function insertChildren(
  database: pg.Pool,
  folder: { readonly spaceId: string; readonly id: string },
  count: number,
): Promise<void> {
  const { rows } = await database.query<{ id: string }>(
    'SELECT uuidv7() AS id FROM generate_series(1, $1)',
    [count],
  )
  const children = new Map(rows.map(({ id }, index) => [id, childAt(index)] as const))
  await insertNodes(database, folder, children)
  await insertDocument(database, folder.id, createFolderState(children, CLIENT_ID))
  await database.query('VACUUM (ANALYZE) nodes, documents')
}

function childAt(index: number): FolderChild {
  const isFolder = index % FOLDER_EVERY === 0
  const number = String(index).padStart(6, '0')
  return isFolder
    ? { name: `folder-${number}`, kind: 'folder' }
    : { name: `text-${number}.md`, kind: 'text' }
}

async function insertNodes(
  database: pg.Pool,
  folder: { readonly spaceId: string; readonly id: string },
  children: ReadonlyMap<string, FolderChild>,
): Promise<void> {
  const all = [...children.values()]
  await database.query(
    `WITH space AS (
       UPDATE spaces SET seq = seq + $3 WHERE id = $1 RETURNING seq - $3 AS before
     ), made AS (
       INSERT INTO nodes (id, space_id, parent_id, name, name_key, kind, size_bytes, rev)
       SELECT one.id, $1, $2, one.name, one.name, one.kind,
         CASE WHEN one.kind = 'text' THEN 0 END, space.before + one.position
       FROM space, unnest($4::uuid[], $5::text[], $6::text[])
         WITH ORDINALITY AS one (id, name, kind, position)
       RETURNING id
     )
     INSERT INTO documents (id) SELECT id FROM made`,
    [
      folder.spaceId,
      folder.id,
      children.size,
      [...children.keys()],
      all.map(({ name }) => name),
      all.map(({ kind }) => kind),
    ],
  )
}

async function insertDocument(database: pg.Pool, id: string, state: Uint8Array): Promise<void> {
  await database.query(
    `WITH document AS (
       UPDATE documents SET seq = seq + 1 WHERE id = $1 RETURNING id, seq
     ), claim AS (
       INSERT INTO client_claims (document_id, client_id, owner) VALUES ($1, $3, 'server')
     )
     INSERT INTO update_log (document_id, seq, author_id, payload)
     SELECT id, seq, NULL, $2 FROM document`,
    [id, Buffer.from(state), CLIENT_ID],
  )
}
