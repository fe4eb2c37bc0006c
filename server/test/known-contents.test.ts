import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import type { Node } from '@cloudsync/protocol'
import { sharedByTests } from '../testing/shared-by-tests.ts'
import type { TestCaller } from '../testing/test-caller.ts'
import { startStoringServer } from '../testing/storing-server.ts'
import { startTusUpload } from '../testing/tus-upload.ts'
import {
  type HeaderPairs,
  assertProblem,
  encode,
  head,
  isHeld,
  list,
  newFolder,
  patch,
  pathOf,
  post,
} from '../testing/tus-requests.ts'

const megabyte = 1024 * 1024
const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Asks for a file of these bytes by their hash alone. */
function ask(caller: TestCaller, bytes: Buffer, pairs: HeaderPairs): Promise<Response> {
  const metadata = encode({ sha256: hashOf(bytes), ...pairs })
  return post(caller, { 'upload-length': `${bytes.length}`, 'upload-metadata': metadata })
}

const offsetOf = (answer: Response) => Number(answer.headers.get('upload-offset'))
const idOf = (answer: Response) => answer.headers.get('cloudsync-node-id')

/** Everything of an answer that may differ by what the server knows. */
async function faceOf(answer: Response): Promise<unknown> {
  const own = new Set([
    'location',
    'date',
    'x-request-id',
    'traceparent',
    'ratelimit',
    'upload-expires',
  ])
  const headers = [...answer.headers].filter(([name]) => !own.has(name) && !/limit/.test(name))
  return { status: answer.status, headers, body: await answer.text() }
}

const server = sharedByTests(await startStoringServer())
const ada = server.admin

suite('a content that is asked for by its hash', () => {
  const put = async (caller: TestCaller, bytes: Buffer<ArrayBuffer>, folderId?: string) => {
    const parentId = folderId ?? (await newFolder(caller))
    const body = new FormData()
    body.set('parentId', parentId)
    body.set('name', `${randomBytes(4).toString('hex')}.bin`)
    body.set('file', new Blob([bytes]))
    const answer = await caller.send('POST', '/nodes', { body })
    assert.equal(answer.status, 201)
    return (await answer.json()) as Node
  }
  const putByBatch = async (caller: TestCaller, bytes: Buffer<ArrayBuffer>) => {
    const file = { parentId: await newFolder(caller), name: 'a.bin' }
    const body = new FormData()
    body.set('files', JSON.stringify([file, { ...file, name: 'b.bin' }]))
    for (let n = 0; n < 2; n++) body.append('file', new Blob([bytes]))
    assert.equal((await caller.send('POST', '/nodes/files', { body })).status, 200)
  }
  const copy = async (caller: TestCaller, bytes: Buffer<ArrayBuffer>) => {
    const { id } = await put(caller, bytes)
    const { id: copyId } = await caller.post<Node>(`/nodes/${id}/copies`, {
      parentId: await newFolder(caller),
    })
    await caller.delete(`/nodes/${id}`)
    return copyId
  }
  const assertUnknown = async (caller: TestCaller, bytes: Buffer) => {
    const parentId = await newFolder(caller)
    const filename = 'wanted.bin'
    const answer = await ask(caller, bytes, { parentId, filename })
    const never = await ask(caller, randomBytes(bytes.length), { parentId, filename })
    assert.equal(offsetOf(answer), 0)
    assert.deepEqual(await faceOf(answer), await faceOf(never))
    assert.deepEqual(await list(caller, parentId), [])
  }
  const newTeam = (caller: TestCaller) =>
    caller.post<{ id: string; rootId: string }>('/spaces', { name: 'Team' })
  const setRole = (spaceId: string, email: string, role: string) =>
    ada.put(`/spaces/${spaceId}/members`, JSON.stringify({ email, role }), {
      'content-type': 'application/json',
    })

  test('is in another folder at once, without a byte, whatever its size', async () => {
    for (const size of [1_000, 60_000, 9 * megabyte]) {
      const bytes = Buffer.concat([Buffer.from([0]), randomBytes(size)])
      await put(ada, bytes)
      const parentId = await newFolder(ada)
      const answer = await ask(ada, bytes, { parentId, filename: 'again.bin' })
      assert.equal(answer.status, 201)
      assert.equal(offsetOf(answer), bytes.length)
      const [node] = await list(ada, parentId)
      assert.equal(node?.id, idOf(answer))
      assert.equal(node?.sha256, hashOf(bytes))
      assert.ok(await isHeld(ada, idOf(answer), bytes))
      assert.equal(offsetOf(await head(ada, pathOf(answer))), bytes.length)
    }
  })

  test('is found however its file was made', async () => {
    for (const make of [putByBatch, copy]) {
      const bytes = randomBytes(70_000)
      await make(ada, bytes)
      const answer = await ask(ada, bytes, { parentId: await newFolder(ada), filename: 'c.bin' })
      assert.equal(offsetOf(answer), bytes.length, make.name)
    }
  })

  test('is there also for the stock client, which sends a part first and is told where it is', async () => {
    const bytes = randomBytes(9 * megabyte)
    await put(ada, bytes)
    const parentId = await newFolder(ada)
    const metadata = { parentId, filename: 'stock.bin', sha256: hashOf(bytes) }
    const retryDelays = [0, 0, 0]
    const id = await startTusUpload(bytes, { caller: ada, metadata, retryDelays }).done
    assert.ok(id !== undefined && (await isHeld(ada, id, bytes)))
    assert.equal((await list(ada, parentId)).length, 1)
  })

  test('becomes the next content of a file, and comes back from an older version', async () => {
    const [first, second] = [randomBytes(100_000), randomBytes(100_000)]
    const { id: nodeId } = await put(ada, first)
    await put(ada, second)
    assert.equal(idOf(await ask(ada, second, { nodeId })), nodeId)
    assert.ok(await isHeld(ada, nodeId, second))
    const parentId = await newFolder(ada)
    const answer = await ask(ada, first, { parentId, filename: 'older.bin' })
    assert.ok(await isHeld(ada, idOf(answer), first))
  })

  test('goes to another space and comes from one, of which one is a member', async () => {
    const bob = await server.addUser('Bob')
    const team = await newTeam(ada)
    await setRole(team.id, 'bob@example.com', 'viewer')
    const bytes = randomBytes(200_000)
    const { id } = await put(ada, bytes, await newFolder(ada))
    await assertUnknown(bob, bytes)
    await ada.patch(`/nodes/${id}`, { parentId: team.rootId })
    const parentId = await newFolder(bob)
    const answer = await ask(bob, bytes, { parentId, filename: 'mine now.bin' })
    assert.ok(await isHeld(bob, idOf(answer), bytes))
  })

  test('is told from no unknown one by who may not read it, and stays unread', async () => {
    const eve = await server.addUser('Eve')
    for (const size of [500, 200_000, 9 * megabyte]) {
      const secret = randomBytes(size)
      await put(ada, secret)
      await assertUnknown(eve, secret)
    }
  })

  test('is not had with its hash alone, nor with another size', async () => {
    const bytes = randomBytes(100_000)
    await put(ada, bytes)
    const parentId = await newFolder(ada)
    const pairs = { parentId, filename: 'a.bin', sha256: hashOf(bytes) }
    const metadata = encode(pairs)
    for (const length of ['99999', '0']) {
      const answer = await post(ada, { 'upload-length': length, 'upload-metadata': metadata })
      if (length === '0') await assertProblem(answer, 400, 'hash_mismatch')
      else assert.equal(offsetOf(answer), 0)
    }
    const deferred = { 'upload-defer-length': '1', 'upload-metadata': metadata }
    assert.equal(offsetOf(await post(ada, deferred)), 0)
    const part = { 'upload-length': '100000', 'upload-concat': 'partial' }
    assert.equal(offsetOf(await post(ada, { ...part, 'upload-metadata': metadata })), 0)
    for (const sha256 of ['', 'abc', hashOf(bytes).toUpperCase()])
      await assertProblem(
        await post(ada, {
          'upload-length': '100000',
          'upload-metadata': encode({ ...pairs, sha256 }),
        }),
        400,
        'bad_request',
      )
    assert.deepEqual(await list(ada, parentId), [])
  })

  test('is refused where nothing may be made, as bytes are', async () => {
    const fay = await server.addUser('Fay')
    const bytes = randomBytes(100_000)
    const node = await put(fay, bytes)
    const parentId = await newFolder(ada)
    const place = { parentId, filename: 'a.bin' }
    await assertProblem(await ask(fay, bytes, place), 404, 'not_found')
    const taken = { parentId: node.parentId ?? '', filename: node.name, ifTaken: 'fail' }
    await assertProblem(await ask(fay, bytes, taken), 409, 'name_taken')
  })

  test('is unknown to a former member', async () => {
    const gil = await server.addUser('Gil')
    const team = await newTeam(ada)
    const bytes = randomBytes(100_000)
    await put(ada, bytes, team.rootId)
    await setRole(team.id, 'gil@example.com', 'editor')
    const parentId = await newFolder(gil)
    assert.ok(idOf(await ask(gil, bytes, { parentId, filename: 'a.bin' })))
    const [made] = await list(gil, parentId)
    await gil.send('DELETE', `/nodes/${made?.id}`)
    const { id } = await gil.get<{ id: string }>('/me')
    const answer = await ada.send('DELETE', `/spaces/${team.id}/members/${id}`)
    assert.equal(answer.status, 204)
    await assertUnknown(gil, bytes)
  })

  test('is unknown when it lies in the trash, itself or its folder, or was purged', async () => {
    const bytes = randomBytes(100_000)
    const parentId = await newFolder(ada)
    const { id } = await put(ada, bytes, parentId)
    await ada.delete(`/nodes/${id}`)
    await assertUnknown(ada, bytes)
    await ada.send('POST', `/nodes/${id}/restore`)
    await ada.delete(`/nodes/${parentId}`)
    await assertUnknown(ada, bytes)
    await ada.send('POST', `/nodes/${parentId}/restore`)
    const again = await newFolder(ada)
    const found = idOf(await ask(ada, bytes, { parentId: again, filename: 'a.bin' }))
    assert.ok(found)
    for (const each of [id, found]) {
      await ada.delete(`/nodes/${each}`)
      await ada.delete(`/trash/${each}`)
    }
    await assertUnknown(ada, bytes)
  })

  test('is sent anew when a part of it is damaged, and is whole then', async () => {
    const { pool } = server.db.database
    for (const bytes of [randomBytes(30_000), randomBytes(3 * megabyte)]) {
      await put(ada, bytes)
      const { rowCount } = await pool.query(
        `UPDATE chunks SET damaged_at = now() WHERE hash = $1 OR hash = (
           SELECT c.hash FROM contents JOIN manifest_pages p USING (manifest_id)
           JOIN chunks c ON position(c.hash IN p.entries) > 0
           WHERE contents.sha256 = $1 LIMIT 1)`,
        [Buffer.from(hashOf(bytes), 'hex')],
      )
      assert.equal(rowCount, 1)
      const parentId = await newFolder(ada)
      const answer = await ask(ada, bytes, { parentId, filename: 'a.bin' })
      assert.equal(offsetOf(answer), 0)
      const sent = await patch(ada, pathOf(answer), [0, bytes])
      assert.ok(await isHeld(ada, idOf(sent), bytes))
      const other = await ask(ada, bytes, { parentId, filename: 'b.bin' })
      assert.equal(offsetOf(other), bytes.length)
    }
  })

  test('must be what comes, where it has to be sent', async () => {
    const parentId = await newFolder(ada)
    const [told, sent] = [randomBytes(50_000), randomBytes(50_000)]
    const path = pathOf(await ask(ada, told, { parentId, filename: 'a.bin' }))
    await assertProblem(await patch(ada, path, [0, sent]), 400, 'hash_mismatch')
    assert.equal((await head(ada, path)).status, 404)
    assert.deepEqual(await list(ada, parentId), [])
    const right = pathOf(await ask(ada, told, { parentId, filename: 'a.bin' }))
    assert.ok(await isHeld(ada, idOf(await patch(ada, right, [0, told])), told))
  })
})
