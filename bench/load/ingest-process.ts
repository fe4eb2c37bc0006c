import { join } from 'node:path'
import { openLoneContents } from '@cloudsync/server/testing/lone-contents'
import { randomPieces } from '../corpora/random-bytes.ts'
import { directoryBytes } from '../peers/backup-repository.ts'
import { CpuMeter } from '../peers/cpu-meter.ts'
import { readPostmaster } from '../peers/postmaster.ts'
import type { IngestOutput } from './ingest.ts'
import { readPieces } from './read-pieces.ts'

/** What of the database describes contents. */
const indexTables = ['packs', 'chunks', 'manifests', 'manifest_pages', 'contents']

/** Puts files into the content store of a data directory, one after the other, and random bytes before that count. */
const [dataDir = '', warmUpBytes, ...files] = process.argv.slice(2)
const blobs = join(dataDir, 'blobs')
await using opened = await openLoneContents(dataDir)
const { contents, db } = opened
if (Number(warmUpBytes) > 0) await contents.putStream(asyncOf(randomPieces(Number(warmUpBytes))))
const storedBefore = await directoryBytes(blobs)
const { pid } = await readPostmaster(dataDir)
const all = await CpuMeter.start([process.pid, pid])
const database = await CpuMeter.start([pid])
const begin = performance.now()
for (const file of files) await contents.putStream(readPieces(file))
const seconds = (performance.now() - begin) / 1000
const { rows } = await db.pool.query<{ bytes: string }>(
  'SELECT sum(pg_total_relation_size(name::regclass)) AS bytes FROM unnest($1::text[]) AS name',
  [indexTables],
)
const output: IngestOutput = {
  seconds,
  cpuSeconds: await all.seconds(),
  databaseCpuSeconds: await database.seconds(),
  storedBytes: (await directoryBytes(blobs)) - storedBefore,
  indexBytes: Number(rows[0]?.bytes),
}
process.send?.(output)

async function* asyncOf(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces
}
