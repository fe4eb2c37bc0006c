import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { openTestDatabase, type TestDatabase } from '../../../testing/test-database.ts'
import { openTestSeals } from '../../../testing/test-keys.ts'
import { openBytes } from './document-seals.ts'
import { AppendFailedError, UpdateLog } from './update-log.ts'

async function createDocument({ database }: TestDatabase): Promise<NodeId> {
  const spaceId = uuidv7() as SpaceId
  const id = uuidv7() as NodeId
  await database.pool.query(
    `WITH space AS (INSERT INTO spaces (id, name, kind, root_id) VALUES ($1, 'space', 'team', $2)),
       node AS (INSERT INTO nodes (id, space_id, name, name_key, kind, rev) VALUES ($2, $1, '', '', 'folder', 1))
     SELECT`,
    [spaceId, id],
  )
  await database.kysely.insertInto('documents').values({ id }).execute()
  return id
}

async function readLog({ database }: TestDatabase, id: NodeId): Promise<[number, string][]> {
  const rows = await database.kysely
    .selectFrom('update_log')
    .select(['seq', 'payload as bytes', 'key_id as keyId'])
    .where('document_id', '=', id)
    .orderBy('seq')
    .execute()
  const keys = await (await openTestSeals(database)).keysOf(id, rows)
  return rows.map((row) => [
    Number(row.seq),
    Buffer.from(openBytes(keys, 'update', row)).toString(),
  ])
}

async function openLog(db: TestDatabase, failed: NodeId[] = []) {
  const commits: number[] = []
  const log = new UpdateLog({
    pool: db.database.pool,
    seals: await openTestSeals(db.database),
    onFailed: (ids) => failed.push(...ids),
    onCommit: ({ rows }) => commits.push(rows),
  })
  return { log, commits }
}

const append = (documentId: NodeId, text: string, epoch = 1) => ({
  documentId,
  epoch,
  authorId: null,
  payload: new TextEncoder().encode(text),
})

suite('update log', () => {
  test('numbers the rows of each document densely, in the order of the calls', async () => {
    await using db = await openTestDatabase()
    const [one, two] = [await createDocument(db), await createDocument(db)]
    const { log } = await openLog(db)
    const positions = await Promise.all([
      log.append(append(one, 'a')),
      log.append(append(two, 'b')),
      log.append(append(one, 'c')),
      log.append(append(one, '')),
    ])
    assert.deepEqual(
      positions.map(({ seq }) => seq),
      [1, 1, 2, 3],
    )
    assert.deepEqual(await readLog(db, one), [
      [1, 'a'],
      [2, 'c'],
      [3, ''],
    ])
    assert.deepEqual(await readLog(db, two), [[1, 'b']])
  })

  test('commits at once when idle, and gathers what comes while a commit is under way', async () => {
    await using db = await openTestDatabase()
    const id = await createDocument(db)
    const { log, commits } = await openLog(db)
    const first = log.append(append(id, 'first'))
    await new Promise(setImmediate)
    const others = Array.from({ length: 20 }, (_, index) => log.append(append(id, String(index))))
    await Promise.all([first, ...others])
    assert.deepEqual(commits, [1, 20])
  })

  test('keeps the order over many batches of many documents', async () => {
    await using db = await openTestDatabase()
    const ids = await Promise.all(Array.from({ length: 5 }, () => createDocument(db)))
    const { log } = await openLog(db)
    const appends: Promise<unknown>[] = []
    for (let round = 0; round < 300; round += 1) {
      for (const id of ids) appends.push(log.append(append(id, String(round))))
      if (round % 7 === 0) await new Promise(setImmediate)
    }
    await Promise.all(appends)
    for (const id of ids)
      assert.deepEqual(
        await readLog(db, id),
        Array.from({ length: 300 }, (_, round) => [round + 1, String(round)]),
      )
  })

  test('refuses a writer of another epoch, and nobody else', async () => {
    await using db = await openTestDatabase()
    const [one, two] = [await createDocument(db), await createDocument(db)]
    const failed: NodeId[] = []
    const { log } = await openLog(db, failed)
    const outcomes = await Promise.allSettled([
      log.append(append(one, 'outdated', 7)),
      log.append(append(two, 'fine')),
    ])
    assert.ok(outcomes[0].status === 'rejected' && outcomes[0].reason instanceof AppendFailedError)
    assert.equal(outcomes[1].status, 'fulfilled')
    assert.deepEqual(failed, [one])
    assert.deepEqual(await readLog(db, one), [])
  })

  test('fails what waits behind a failed append of the same document', async () => {
    await using db = await openTestDatabase()
    const [gone, fine] = [uuidv7() as NodeId, await createDocument(db)]
    const failed: NodeId[] = []
    const { log } = await openLog(db, failed)
    const first = log.append(append(gone, 'a'))
    await Promise.resolve()
    const behind = log.append(append(gone, 'b'))
    const other = log.append(append(fine, 'c'))
    await assert.rejects(first, AppendFailedError)
    await assert.rejects(behind, AppendFailedError)
    assert.deepEqual(failed, [gone])
    assert.deepEqual(await other, { epoch: 1, seq: 1 })
  })

  test('settles a document when its appends have an outcome', async () => {
    await using db = await openTestDatabase()
    const id = await createDocument(db)
    const { log } = await openLog(db)
    const outcome = log.append(append(id, 'a'))
    await log.settled(id)
    assert.deepEqual(await readLog(db, id), [[1, 'a']])
    await outcome
    await log.settled(id)
    await log.flush()
    assert.equal(log.outstanding, 0)
  })
})
