import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '@cloudsync/crdt/testing'
import {
  findTreeFaults,
  openTestDatabase,
  startTusUpload,
  TestCaller,
} from '@cloudsync/server/testing'
import { adminAccount, findFreePort, ServerProcess } from '../support/server-process.ts'
import { waitFor } from '../support/wait-for.ts'

const megabyte = 1024 * 1024
const kills = Number(process.env['UPLOAD_KILLS'] ?? 5)
const seed = 20_261_126
/** The stock client gives up after as many attempts without progress; a start may take long. */
const retryDelays = Array.from({ length: 1_000 }, () => 200)

test(`uploads go on after each death of the server, and make one file each (seed ${seed})`, async (context) => {
  const random = seededRandom(seed)
  await using db = await openTestDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-resumed-'))
  const env = { DATABASE_URL: db.config.url }
  await using server = new ServerProcess({ dataDir, port: await findFreePort(), env })
  try {
    await server.start()
    const caller = await TestCaller.signIn(server.url, adminAccount)
    const parentId = await caller.rootId()
    const startOne = (filename: string, sizeBytes: number, chunkSize: number) => {
      const bytes = randomBytes(sizeBytes)
      const metadata = { parentId, filename }
      let resumedAt = 0
      const onAfterResponse = (
        request: { getMethod(): string },
        answer: { getHeader(name: string): string | undefined },
      ) => {
        const offset = Number(answer.getHeader('upload-offset') ?? 0)
        if (request.getMethod() === 'HEAD') resumedAt = Math.max(resumedAt, offset)
      }
      const options = { caller, metadata, chunkSize, retryDelays, onAfterResponse }
      const { done } = startTusUpload(bytes, options)
      done.catch(() => undefined)
      return { filename, bytes, done, resumedAt: () => resumedAt }
    }
    let running = 0
    const uploads = [
      startOne('at once.bin', 120 * megabyte, Number.POSITIVE_INFINITY),
      startOne('in parts.bin', 80 * megabyte, 2 * megabyte),
      ...Array.from({ length: 4 }, (_, n) => startOne(`small ${n}.bin`, 5 * megabyte, megabyte)),
    ]
    running = uploads.length
    for (const { done } of uploads) void done.finally(() => (running -= 1)).catch(() => undefined)
    let killed = 0
    await waitFor('a request under way has brought more than what is kept at a time', async () => {
      const { rows } = await db.database.pool.query<{ most: number }>(
        'SELECT max(size_bytes)::float AS most FROM content_drafts',
      )
      return (rows[0]?.most ?? 0) > 32 * megabyte
    })
    while (running > 0 && killed < kills) {
      await server.kill()
      killed += 1
      await server.start()
      await delay(500 + random() * 1_500)
    }
    const ids = await Promise.all(uploads.map(({ done }) => done))
    for (const [at, { bytes, filename }] of uploads.entries()) {
      const answer = await caller.send('GET', `/nodes/${ids[at]}/content`)
      assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes), `${filename} is whole`)
    }
    const { items } = await caller.get<{ items: { name: string }[] }>(`/nodes/${parentId}/children`)
    assert.deepEqual(
      items.map(({ name }) => name).toSorted(),
      uploads.map(({ filename }) => filename).toSorted(),
    )
    assert.deepEqual(await findTreeFaults(db.database.kysely), [])
    const resumed = uploads.map((upload) => Math.round(upload.resumedAt() / megabyte))
    context.diagnostic(`killed ${killed} times; resumed last at ${resumed.join(', ')} MB`)
    assert.ok(killed > 0)
    assert.ok(Math.max(...resumed) > 0, 'no upload has been resumed')
  } finally {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
})
