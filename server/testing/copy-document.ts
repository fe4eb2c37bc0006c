import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeId } from '@cloudsync/protocol'
import { pino } from 'pino'
import { DocumentSeals } from '#features/live/document-seals.ts'
import { DocumentStore } from '#features/live/document-store.ts'
import { openDatabase } from '#platform/db/database.ts'
import { openKeyRing } from '#platform/keys/key-ring.ts'
import { MasterKeyFile } from '#platform/keys/master-key-file.ts'

/**
 * Gives empty documents what is stored of another, without its history. The server runs on `dataDir` with
 * its embedded database; what is stored is sealed for each document, so no statement can copy it.
 */
export async function copyDocument(
  dataDir: string,
  sourceId: string,
  ids: readonly string[],
): Promise<void> {
  await using db = await openDatabase(
    { kind: 'url', url: await urlOf(dataDir) },
    pino({ level: 'silent' }),
  )
  const master = { path: join(dataDir, 'master.key'), isMadeWhenMissing: false }
  const seals = new DocumentSeals(await openKeyRing(db, new MasterKeyFile(master)))
  const source = await new DocumentStore(db.kysely, seals).find(sourceId as NodeId)
  if (!source) throw new Error(`There is no document ${sourceId}`)
  for (const id of ids as readonly NodeId[]) {
    await db.pool.query(
      `UPDATE documents d SET epoch = source.epoch, seq = source.seq FROM documents source
       WHERE source.id = $2 AND d.id = $1`,
      [id, sourceId],
    )
    if (source.checkpoint) {
      const { bytes, keyId } = seals.seal(id, 'checkpoint', source.checkpoint)
      await db.pool.query(
        `INSERT INTO checkpoints (document_id, epoch, seq, state, key_id, state_bytes, struct_count)
         SELECT $1, epoch, seq, $3, $4, state_bytes, struct_count FROM checkpoints WHERE document_id = $2`,
        [id, sourceId, bytes, keyId],
      )
    }
    for (const { seq, authorId, payload } of source.rows) {
      const { bytes, keyId } = seals.seal(id, 'update', payload)
      await db.pool.query(
        `INSERT INTO update_log (document_id, seq, author_id, payload, key_id) VALUES ($1, $2, $3, $4, $5)`,
        [id, seq, authorId, bytes, keyId],
      )
    }
  }
}

async function urlOf(dataDir: string): Promise<string> {
  const pidFile = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')
  const host = pidFile.split('\n')[4]?.trim()
  if (host === undefined) throw new Error('The embedded database does not run')
  return `postgresql://cloudsync@localhost:5432/cloudsync?host=${encodeURIComponent(host)}&sslmode=disable`
}
