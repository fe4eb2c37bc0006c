import { decodeManifestPage, type BlobStore } from '@cloudsync/storage'
import { sql } from 'kysely'
import type { Database } from '#platform/db/database.ts'
import { packKey } from '../packer.ts'

/**
 * What does not fit together in what is stored: one line for each invariant that is broken. With a store, also
 * which packs it lacks. Nothing may be changing meanwhile.
 */
export async function findContentFaults(db: Database, store?: BlobStore): Promise<string[]> {
  const chunks = await listChunks(db)
  const names = new Map<string, number>()
  const count = (hash: string) => names.set(hash, (names.get(hash) ?? 0) + 1)
  const faults = [
    ...(await findManifestFaults(db, chunks, count)),
    ...(await findContentsOfNone(db, chunks, count)),
  ]
  for (const [hash, { refs }] of chunks)
    if (refs !== (names.get(hash) ?? 0))
      faults.push(`chunk ${hash} is named ${names.get(hash) ?? 0} times, and counts ${refs}`)
  return [...faults, ...(await findPackFaults(db, chunks, store))]
}

interface ChunkRow {
  readonly hash: string
  readonly pack_id: string
  readonly sealed_bytes: number
  readonly plain_bytes: number
  readonly refs: number
}

type Chunks = ReadonlyMap<string, ChunkRow>

async function listChunks({ kysely }: Database): Promise<Chunks> {
  const { rows } = await sql<ChunkRow>`
    SELECT encode(hash, 'hex') AS hash, pack_id, sealed_bytes, plain_bytes, refs::int FROM chunks
  `.execute(kysely)
  return new Map(rows.map((row) => [row.hash, row]))
}

/** Pages follow each other, their chunks are there, and a content has as many bytes as it says. */
async function findManifestFaults(
  { kysely }: Database,
  chunks: Chunks,
  count: (hash: string) => void,
): Promise<string[]> {
  const faults: string[] = []
  const ends = new Map<string, number>()
  const { rows: pages } = await sql<{ manifest_id: string; start: number; entries: Buffer }>`
    SELECT manifest_id, start::float8 AS start, entries FROM manifest_pages ORDER BY manifest_id, page
  `.execute(kysely)
  for (const { manifest_id: id, start, entries } of pages) {
    let end = ends.get(id) ?? 0
    if (start !== end) faults.push(`manifest ${id} has a page at ${start} where ${end} is next`)
    for (const entry of decodeManifestPage(entries)) {
      const hash = Buffer.from(entry.hash).toString('hex')
      end += entry.plainBytes
      count(hash)
      if (chunks.get(hash)?.plain_bytes !== entry.plainBytes)
        faults.push(`manifest ${id} names chunk ${hash}, which is not there or of another size`)
    }
    ends.set(id, end)
  }
  const { rows } = await sql<{ hash: string; size: number; manifest_id: string }>`
    SELECT encode(sha256, 'hex') AS hash, size_bytes::float8 AS size, manifest_id FROM contents
    WHERE manifest_id IS NOT NULL`.execute(kysely)
  for (const { hash, size, manifest_id: id } of rows)
    if (ends.get(id) !== size)
      faults.push(`content ${hash} has ${size} bytes, and its manifest ${ends.get(id) ?? 0}`)
  return faults
}

/** Contents without a manifest are one chunk. */
async function findContentsOfNone(
  { kysely }: Database,
  chunks: Chunks,
  count: (hash: string) => void,
): Promise<string[]> {
  const { rows } = await sql<{ hash: string; size: number }>`
    SELECT encode(sha256, 'hex') AS hash, size_bytes::float8 AS size FROM contents
    WHERE manifest_id IS NULL`.execute(kysely)
  return rows.flatMap(({ hash, size }) => {
    count(hash)
    const isThere = chunks.get(hash)?.plain_bytes === size
    return isThere ? [] : [`content ${hash} is a chunk that is not there or of another size`]
  })
}

async function findPackFaults(
  { kysely }: Database,
  chunks: Chunks,
  store: BlobStore | undefined,
): Promise<string[]> {
  const live = new Map<string, number>()
  for (const { pack_id: id, sealed_bytes: bytes } of chunks.values())
    live.set(id, (live.get(id) ?? 0) + bytes)
  const packs = await kysely
    .selectFrom('packs')
    .select(['id', 'size_bytes', 'live_bytes', 'unused_since'])
    .execute()
  const faults: string[] = []
  for (const { id, size_bytes: size, live_bytes: counted, unused_since: unused } of packs) {
    const bytes = live.get(id) ?? 0
    if (counted !== bytes)
      faults.push(`${bytes} bytes of pack ${id} live, and it counts ${counted}`)
    if (bytes > 0 && unused !== null) faults.push(`pack ${id} is called unused`)
    if (bytes === 0 || !store) continue
    const object = await store.head(packKey(id))
    if (object?.sizeBytes !== size)
      faults.push(`pack ${id} has ${size} bytes, and its object ${object?.sizeBytes ?? 'is gone'}`)
  }
  return faults
}
