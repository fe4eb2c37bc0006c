import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sharedByTests } from '../testing/shared-by-tests.ts'
import { waitUntil } from '../testing/stock-clients.ts'
import { startStoringServer } from '../testing/storing-server.ts'
import type { TestCaller } from '../testing/test-caller.ts'
import {
  type HeaderPairs,
  version,
  noise,
  encode,
  post,
  create,
  pathOf,
  patch,
  head,
  assertProblem,
  newFolder,
  list,
} from '../testing/tus-requests.ts'

const server = sharedByTests(await startStoringServer())
const ada = server.admin

suite('uploads by tus, where they may not be,', () => {
  test('are seen by nobody else', async () => {
    const eve = await server.addEditor('Eve')
    const path = await create(ada, noise.length, await newFolder(ada))
    assert.equal((await head(eve, path)).status, 404)
    await assertProblem(await patch(eve, path, [0, noise]), 404, 'not_found')
    await assertProblem(await eve.send('DELETE', path, { headers: version }), 404, 'not_found')
    const length = { 'upload-length': '5', 'upload-concat': 'partial' }
    const part = pathOf(await post(ada, length))
    assert.equal((await patch(ada, part, [0, Buffer.from('words')])).status, 204)
    const metadata = encode({ parentId: await eve.rootId(), filename: 'stolen' })
    const concat = { 'upload-concat': `final;/api/v1${part}`, 'upload-metadata': metadata }
    await assertProblem(await post(eve, concat), 404, 'not_found')
    assert.equal((await head(ada, path)).headers.get('upload-offset'), '0')
  })

  test('that nobody goes on with are gone after a week', async () => {
    const path = await create(ada, noise.length, await newFolder(ada))
    await patch(ada, path, [0, noise.subarray(0, 10_000)])
    const { pool } = server.db.database
    const age = (days: number) =>
      pool.query(
        `UPDATE upload_sessions SET expires_at = now() - make_interval(days => $1) WHERE id = $2`,
        [days, path.split('/').at(-1)],
      )
    await age(1)
    assert.equal((await head(ada, path)).status, 410)
    await assertProblem(await patch(ada, path, [10_000, noise]), 410, 'upload_expired')
    await using another = await server.openAnother()
    await waitUntil('its bytes are dropped', async () => {
      const { rows } = await pool.query('SELECT FROM content_drafts WHERE id = $1', [
        path.split('/').at(-1),
      ])
      return rows.length === 0
    })
    assert.equal((await head(another.admin, path)).status, 410)
    await age(8)
    await using _third = await server.openAnother()
    await waitUntil('it is forgotten', async () => (await head(ada, path)).status === 404)
  })

  test('are refused where nothing may be made, before any byte', async () => {
    const bob = await server.addUser('Bob')
    const parentId = await newFolder(ada)
    const trashed = await newFolder(ada)
    await ada.delete(`/nodes/${trashed}`)
    const text = await ada.createText('not a folder')
    const refused = async (
      caller: TestCaller,
      pairs: HeaderPairs,
      status: number,
      code: string,
    ) => {
      const headers = { 'upload-length': '5', 'upload-metadata': encode(pairs) }
      await assertProblem(await post(caller, headers), status, code)
    }
    const filename = 'a.bin'
    await refused(bob, { parentId, filename }, 404, 'not_found')
    await refused(ada, { parentId: crypto.randomUUID(), filename }, 404, 'not_found')
    await refused(ada, { parentId: trashed, filename }, 410, 'trashed')
    await refused(ada, { parentId: text, filename }, 400, 'bad_request')
    await refused(ada, { parentId, filename: 'a/b' }, 400, 'invalid_name')
    await refused(ada, { parentId }, 400, 'bad_request')
    await refused(ada, { parentId: 'x', filename }, 400, 'bad_request')
    await refused(ada, { nodeId: parentId }, 400, 'bad_request')
    await refused(bob, { nodeId: text }, 404, 'not_found')
  })

  test('make nothing for who may no longer make anything there', async () => {
    const carl = await server.addEditor('Carl')
    const parentId = await newFolder(ada)
    const path = await create(carl, noise.length, parentId)
    await patch(carl, path, [0, noise.subarray(0, 100_000)])
    const { items } = await ada.get<{ items: { id: string }[] }>('/spaces')
    const members = `/spaces/${items[0]?.id}/members`
    const setRole = (role: string) =>
      ada.put(members, JSON.stringify({ email: 'carl@example.com', role }), {
        'content-type': 'application/json',
      })
    await setRole('viewer')
    await assertProblem(
      await patch(carl, path, [100_000, noise.subarray(100_000)]),
      403,
      'forbidden',
    )
    assert.equal((await head(carl, path)).status, 403)
    assert.deepEqual(await list(ada, parentId), [])
    await setRole('editor')
    assert.equal((await head(carl, path)).status, 200)
    assert.equal((await list(ada, parentId)).length, 1)
  })

  test('make nothing in a folder that went to the trash meanwhile', async () => {
    const parentId = await newFolder(ada)
    const path = await create(ada, noise.length, parentId)
    await ada.delete(`/nodes/${parentId}`)
    await assertProblem(await patch(ada, path, [0, noise]), 410, 'trashed')
    await ada.send('POST', `/nodes/${parentId}/restore`)
    assert.equal((await head(ada, path)).status, 200)
    assert.equal((await list(ada, parentId)).length, 1)
  })

  test('are refused with headers that say nothing sensible', async () => {
    const parentId = await newFolder(ada)
    const good = encode({ parentId, filename: 'a.bin' })
    const hostile: HeaderPairs[] = [
      { 'upload-metadata': good },
      ...[
        '-1',
        '+5',
        '1e3',
        '0x10',
        ' ',
        '',
        '9007199254740993',
        '99999999999999999999',
        'five',
      ].map((length) => ({ 'upload-length': length, 'upload-metadata': good })),
      { 'upload-length': '5', 'upload-defer-length': '1', 'upload-metadata': good },
      { 'upload-defer-length': '2', 'upload-metadata': good },
      ...[
        '',
        'parentId',
        `${good},filename YQ==`,
        `${good},x not-base64!`,
        `${good},x YQ`,
        `${good},x /w==`,
        `${good},,`,
        `${good},x YQ== YQ==`,
        `${good},__proto__ YQ==,ifTaken YQ==`,
      ].map((metadata) => ({ 'upload-length': '5', 'upload-metadata': metadata })),
      ...['nonsense', 'final;', 'final;/api/v1/uploads/x', 'partial;'].map((concat) => ({
        'upload-concat': concat,
        'upload-metadata': good,
        'upload-length': '5',
      })),
    ]
    for (const headers of hostile) {
      const answer = await post(ada, headers)
      assert.equal(answer.status, 400, JSON.stringify(headers))
    }
    const path = await create(ada, 5, parentId)
    for (const offset of ['-1', '1.5', '', 'x', '99999999999999999999'])
      assert.equal(
        (await patch(ada, path, [0, noise], { 'upload-offset': offset })).status,
        400,
        offset,
      )
    assert.equal((await head(ada, '/uploads/nonsense')).status, 400)
    const huge = { 'upload-length': String(2 ** 52), 'upload-metadata': good }
    await assertProblem(await post(ada, huge), 507, 'storage_full')
    assert.deepEqual(await list(ada, parentId), [])
  })
})
