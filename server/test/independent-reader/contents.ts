/** Contents: the bytes of files. Written from docs/formats.md alone, with nothing of CloudSync. */
import { createHash, hash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { derive, inflate, keyOf, unseal, type Stored } from './keys.ts'

interface ManifestEntry {
  readonly hash: Buffer
  readonly plainBytes: number
}

/** As the table `chunks` has it, without the place. */
interface ChunkForm {
  readonly hash: Buffer
  readonly codec: number
  readonly plain_bytes: number
}

interface ChunkRow extends ChunkForm {
  readonly pack_id: string
  readonly start: number
  readonly sealed_bytes: number
  readonly key_id: number
}

interface ContentRow {
  readonly sha256: Buffer
  readonly size_bytes: string
  readonly manifest_id: string | null
}

interface PageRow {
  readonly page: number
  readonly start: string
  readonly entries: Buffer
}

export async function* readContent(stored: Stored, sha256: Buffer): AsyncGenerator<Buffer> {
  const contents = 'SELECT * FROM contents WHERE sha256 = $1'
  const content = (await stored.db.query<ContentRow>(contents, [sha256])).rows[0]
  if (!content) throw new Error('There is no such content')
  const whole = createHash('sha256')
  for (const entry of await listChunks(stored, content)) {
    const plain = await readChunk(stored, entry)
    whole.update(plain)
    yield plain
  }
  if (!whole.digest().equals(sha256)) throw new Error('The content has another SHA-256')
}

async function listChunks({ db }: Stored, content: ContentRow): Promise<ManifestEntry[]> {
  const plainBytes = Number(content.size_bytes)
  if (content.manifest_id === null) return [{ hash: content.sha256, plainBytes }]
  const pages = 'SELECT * FROM manifest_pages WHERE manifest_id = $1 ORDER BY page'
  const { rows } = await db.query<PageRow>(pages, [content.manifest_id])
  const entries: ManifestEntry[] = []
  let start = 0
  for (const [page, row] of rows.entries()) {
    if (row.page !== page || Number(row.start) !== start) throw new Error('The manifest has a gap')
    for (const entry of parsePage(row.entries)) {
      entries.push(entry)
      start += entry.plainBytes
    }
  }
  if (start !== plainBytes) throw new Error('The manifest is of another size than the content')
  return entries
}

export function parsePage(entries: Buffer): ManifestEntry[] {
  if (entries.length % 36 !== 0) throw new Error('The page of a manifest is cut off')
  return Array.from({ length: entries.length / 36 }, (_, index) => ({
    hash: entries.subarray(index * 36, index * 36 + 32),
    plainBytes: entries.readUInt32BE(index * 36 + 32),
  }))
}

async function readChunk(stored: Stored, { hash: name, plainBytes }: ManifestEntry) {
  const chunks = 'SELECT * FROM chunks WHERE hash = $1'
  const chunk = (await stored.db.query<ChunkRow>(chunks, [name])).rows[0]
  if (chunk?.plain_bytes !== plainBytes) throw new Error('The chunk is missing, or of another size')
  const [pack, sealed] = [chunk.pack_id, Buffer.alloc(chunk.sealed_bytes)]
  const path = join('objects/packs', `=${pack.slice(0, 2)}`, pack)
  await using file = await open(join(stored.directory, path))
  const head = Buffer.alloc(5)
  await file.read(head, 0, 5, 0)
  if (head.toString('latin1') !== 'CSPK\x01') throw new Error('This is no pack of version 1')
  await file.read(sealed, 0, sealed.length, chunk.start)
  return openChunk(keyOf(stored, chunk.key_id), chunk, sealed)
}

export function openChunk(dataKey: Buffer, chunk: ChunkForm, sealed: Buffer): Buffer {
  const { codec, plain_bytes: plainBytes } = chunk
  const key = derive(derive(dataKey, 'contents'), `chunk:${chunk.hash.toString('hex')}`)
  const context = Buffer.of(codec, 0, 0, 0, 0)
  context.writeUInt32BE(plainBytes, 1)
  if (codec !== 0 && codec !== 1) throw new Error(`There is no codec ${codec}`)
  const payload = unseal(key, sealed, context)
  const plain = codec === 1 ? inflate(payload, plainBytes) : payload
  if (plain.length !== plainBytes || !hash('sha256', plain, 'buffer').equals(chunk.hash))
    throw new Error('The chunk has another size or SHA-256')
  return plain
}
