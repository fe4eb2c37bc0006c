import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import type { Problem, Space } from '@cloudsync/protocol'
import { sharedByTests } from '../testing/shared-by-tests.ts'
import { startStoringServer } from '../testing/storing-server.ts'
import {
  assertProblem,
  create,
  encode,
  newFolder,
  patch,
  pathOf,
  post,
  version,
} from '../testing/tus-requests.ts'

const server = sharedByTests(await startStoringServer())
const ada = server.admin
const folderId = await newFolder(ada)

suite('uploads by tus into a space with a quota', () => {
  before(async () => {
    await setQuota(10_000)
  })

  async function space(): Promise<Space> {
    const { items } = await ada.get<{ items: Space[] }>('/spaces')
    assert.ok(items[0])
    return items[0]
  }
  const setQuota = async (quotaBytes: number | null) =>
    ada.patch(`/admin/spaces/${(await space()).id}`, { quotaBytes })
  const begin = (length: number, more: Record<string, string> = {}) =>
    post(ada, {
      'upload-length': `${length}`,
      'upload-metadata': encode({ parentId: folderId, filename: 'b.bin', ifTaken: 'rename' }),
      ...more,
    })
  const drop = (path: string) => ada.send('DELETE', path, { headers: version })

  test('are refused as they begin, when all that a person has begun does not fit', async () => {
    const first = pathOf(await begin(6_000))
    const refused = await begin(5_000)
    assert.equal(refused.status, 507)
    const problem = (await refused.clone().json()) as Problem
    assert.deepEqual(
      [problem['quotaBytes'], problem['usedBytes'], problem['neededBytes']],
      [10_000, 0, 11_000],
    )
    await assertProblem(refused, 507, 'quota_exceeded')
    const second = pathOf(await begin(4_000))
    await assertProblem(await begin(1), 507, 'quota_exceeded')
    await drop(first)
    await drop(second)
    await drop(pathOf(await begin(10_000)))
  })

  test('are refused when their length is told, or passed, later', async () => {
    const path = pathOf(
      await post(ada, {
        'upload-defer-length': '1',
        'upload-metadata': encode({ parentId: folderId, filename: 'later.bin' }),
      }),
    )
    const part = Buffer.alloc(100)
    const told = await patch(ada, path, [0, part], { 'upload-length': '10001' })
    await assertProblem(told, 507, 'quota_exceeded')
    await assertProblem(await patch(ada, path, [0, Buffer.alloc(10_001)]), 507, 'quota_exceeded')
    assert.equal((await patch(ada, path, [0, part])).status, 204)
    await drop(path)
  })

  test('of a length that is not told take no more than the room, however it comes', async () => {
    const metadata = encode({ parentId: folderId, filename: 'endless.bin', ifTaken: 'rename' })
    const deferred = { 'upload-defer-length': '1', 'upload-metadata': metadata }
    const first = { ...deferred, 'content-type': 'application/offset+octet-stream' }
    await assertProblem(await post(ada, first, Buffer.alloc(10_001)), 507, 'quota_exceeded')
    const path = pathOf(await post(ada, first, Buffer.alloc(6_000)))
    await assertProblem(await begin(4_001), 507, 'quota_exceeded')
    const other = pathOf(await post(ada, deferred))
    await assertProblem(await patch(ada, other, [0, Buffer.alloc(4_001)]), 507, 'quota_exceeded')
    const chunked = await ada.send('PATCH', other, {
      headers: {
        ...version,
        'content-type': 'application/offset+octet-stream',
        'upload-offset': '0',
      },
      body: new Blob([Buffer.alloc(100_000)]).stream(),
      duplex: 'half',
    } as RequestInit)
    await assertProblem(chunked, 507, 'quota_exceeded')
    await drop(path)
    await drop(other)
  })

  test('in parts count until they are put together', async () => {
    const partial = { 'upload-concat': 'partial', 'upload-length': '4000' }
    const body = { 'content-type': 'application/offset+octet-stream' }
    const one = pathOf(await post(ada, { ...partial, ...body }, Buffer.alloc(4_000, 1)))
    const two = pathOf(await post(ada, { ...partial, ...body }, Buffer.alloc(4_000, 2)))
    await assertProblem(await post(ada, partial), 507, 'quota_exceeded')
    const whole = await post(ada, {
      'upload-concat': `final;/api/v1${one} /api/v1${two}`,
      'upload-metadata': encode({ parentId: folderId, filename: 'of-two.bin' }),
    })
    assert.equal(whole.status, 201, await whole.clone().text())
    assert.equal((await ada.send('HEAD', one, { headers: version })).status, 410)
    await setQuota(12_000)
    await drop(pathOf(await post(ada, partial)))
    const nodeId = whole.headers.get('cloudsync-node-id')
    await ada.send('DELETE', `/nodes/${nodeId}`)
    await ada.send('DELETE', `/trash/${nodeId}`)
    await setQuota(10_000)
  })

  test('are asked again as they become a file, and wait for room', async () => {
    const path = await create(ada, 8_000, folderId)
    const file = { parentId: folderId, name: 'meanwhile.bin' }
    assert.equal((await ada.upload(file, new Uint8Array(5_000))).status, 201)
    const bytes = Buffer.alloc(8_000, 0)
    await assertProblem(await patch(ada, path, [0, bytes]), 507, 'quota_exceeded')
    assert.equal((await space()).usedBytes, 5_000)
    await setQuota(13_000)
    const done = await ada.send('HEAD', path, { headers: version })
    assert.equal(done.headers.get('upload-offset'), '8000')
    assert.equal((await space()).usedBytes, 13_000)
  })

  test('may be a thousand at a time, of one person', async () => {
    await setQuota(null)
    const { id } = await ada.get<{ id: string }>('/me')
    const { pool } = server.db.database
    await pool.query(
      `INSERT INTO upload_sessions (id, user_id, kind, state, metadata, created_at, expires_at)
       SELECT gen_random_uuid(), $1, 'whole', 'open', '', now(), now() + interval '1 day'
       FROM generate_series(1, 1000)`,
      [id],
    )
    await assertProblem(await begin(1), 429, 'too_many_uploads')
    const eve = await server.addEditor('Eve')
    pathOf(
      await post(eve, {
        'upload-length': '1',
        'upload-metadata': encode({ parentId: folderId, filename: 'of-eve.bin' }),
      }),
    )
    await pool.query(`UPDATE upload_sessions SET expires_at = now() WHERE metadata = ''`)
    pathOf(await begin(1))
  })
})
