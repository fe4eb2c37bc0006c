/** The keys of an installation, and what is sealed with them. Written from docs/formats.md alone, with nothing of CloudSync. */
import { createDecipheriv, hkdfSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { zstdDecompressSync } from 'node:zlib'
import pg from 'pg'

interface DataKeyRow {
  readonly id: number
  readonly wrapped: Buffer
  readonly master_fingerprint: string
}

export interface Stored {
  readonly db: pg.Client
  readonly directory: string
  readonly dataKeys: ReadonlyMap<number, Buffer>
}

export function derive(key: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', purpose, 32))
}

export function unseal(key: Uint8Array, sealed: Buffer, context: string | Buffer): Buffer {
  if (sealed.length < 28) throw new Error('Sealed bytes are cut off')
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
  decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
}

function parseMasterKey(file: Buffer): Buffer {
  const text = file.toString('latin1').trim()
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (/^[0-9a-z+/_-]{43}=?$/i.test(text)) return Buffer.from(text, 'base64')
  if (file.length === 32 && !/^[0-9a-z+/=_\s-]*$/i.test(text)) return file
  throw new Error('The file holds no master key')
}

export function fingerprintOf(masterKey: Buffer): string {
  return derive(masterKey, 'cloudsync: fingerprint of the master key').toString('hex', 0, 8)
}

export async function openStored(url: string, directory: string, keyFile: string): Promise<Stored> {
  const masterKey = parseMasterKey(await readFile(keyFile))
  const db = new pg.Client({ connectionString: url })
  await db.connect()
  await db.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  const { rows } = await db.query<DataKeyRow>('SELECT * FROM data_keys')
  const dataKeys = rows.map(({ id, wrapped, master_fingerprint: needed }) => {
    if (needed !== fingerprintOf(masterKey)) throw new Error(`The master key ${needed} is needed`)
    const wrappingKey = derive(masterKey, 'cloudsync: wrap data keys')
    return [id, unseal(wrappingKey, wrapped, `data key ${id}`)] as const
  })
  return { db, directory, dataKeys: new Map(dataKeys) }
}

export function inflate(frame: Buffer, maxBytes = 2 ** 28): Buffer {
  return zstdDecompressSync(frame, { maxOutputLength: Math.max(maxBytes, 1) })
}

export function keyOf({ dataKeys }: Stored, id: number): Buffer {
  const key = dataKeys.get(id)
  if (!key) throw new Error(`There is no data key ${id}`)
  return key
}
