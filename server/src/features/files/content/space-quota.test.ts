import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { afterEach, suite, test } from 'node:test'
import type { FileBatchResponse, Node, Problem } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { findTreeFaults } from '../../../../testing/check-tree.ts'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { bytesOf, setQuota, usageOf } from '../testing/test-quota.ts'
import { TestTree } from '../testing/test-tree.ts'

const server = sharedByTests(await openTestFiles())
const { ada } = server

suite('the quota of a space', () => {
  afterEach(async () => assert.deepEqual(await findTreeFaults(server.db.kysely), []))

  async function make(parentId: string, name: string, sizeBytes: number, fill = 0) {
    const answer = await ada.upload({ parentId, name }, bytesOf(sizeBytes, fill))
    assert.equal(answer.status, 201, await answer.clone().text())
    return (await answer.json()) as Node
  }

  async function putAs(id: string, body: Uint8Array<ArrayBuffer> | string, init: RequestInit = {}) {
    const answer = await ada.send('PUT', `/nodes/${id}/content`, { ...init, body })
    return { status: answer.status, problem: (await answer.json()) as Problem }
  }

  test('counts current contents and versions, what is in the trash, and the same bytes each time', async () => {
    const tree = await TestTree.open(server)
    const used = () => usageOf(ada, tree.spaceId)
    assert.equal(await used(), 0)
    const { id } = await make(tree.rootId, 'a.bin', 1_000)
    await make(tree.rootId, 'twin.bin', 1_000)
    assert.equal(await used(), 2_000)
    await putAs(id, bytesOf(500, 1))
    assert.equal(await used(), 2_500)
    await tree.text('words.md', tree.rootId, 'twelve bytes')
    assert.equal(await used(), 2_512)
    await tree.trash(id)
    assert.equal(await used(), 2_512)
    await tree.purge(id)
    assert.equal(await used(), 1_012)
  })

  test('refuses what does not fit with the numbers, by its announced length, and changes nothing', async () => {
    const tree = await TestTree.open(server)
    const { id } = await make(tree.rootId, 'a.bin', 600)
    await setQuota(ada, tree.spaceId, 1_000)
    const { status, problem } = await putAs(id, bytesOf(401))
    assert.equal(status, 507)
    assert.equal(problem.code, 'quota_exceeded')
    assert.deepEqual(
      [problem['quotaBytes'], problem['usedBytes'], problem['neededBytes']],
      [1_000, 600, 401],
    )
    const refused = await ada.upload({ parentId: tree.rootId, name: 'b.bin' }, bytesOf(401))
    assert.equal(refused.status, 507)
    assert.deepEqual(await tree.names(), ['a.bin'])
    assert.equal(await usageOf(ada, tree.spaceId), 600)
    assert.equal((await putAs(id, bytesOf(400, 2))).status, 200)
    assert.equal(await usageOf(ada, tree.spaceId), 1_000)
    // What needs no room goes on.
    await tree.folder('folder')
    await tree.text('empty.md')
  })

  test('stops a body of unknown length where the room ends', async () => {
    const tree = await TestTree.open(server)
    const { id } = await make(tree.rootId, 'a.bin', 600)
    await setQuota(ada, tree.spaceId, 200_000)
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1
        controller.enqueue(bytesOf(64 * 1024))
        if (sent === 1_000) controller.close()
      },
    })
    const answer = await ada
      .send('PUT', `/nodes/${id}/content`, { body, duplex: 'half' } as RequestInit)
      .catch(() => undefined)
    assert.ok(answer === undefined || answer.status === 507, `${answer?.status}`)
    assert.ok(sent < 1_000, `${sent} pieces were taken`)
    assert.equal(await usageOf(ada, tree.spaceId), 600)
  })

  test('lets only one of two pass that fit alone and come at once', async () => {
    const tree = await TestTree.open(server)
    await setQuota(ada, tree.spaceId, 10_000)
    const names = Array.from({ length: 8 }, (_, index) => `${index}.bin`)
    const answers = await Promise.all(
      names.map((name, index) =>
        ada.upload({ parentId: tree.rootId, name }, bytesOf(4_000, index)),
      ),
    )
    const statuses = answers.map((answer) => answer.status).toSorted((one, other) => one - other)
    assert.deepEqual(statuses, [201, 201, 507, 507, 507, 507, 507, 507])
    assert.equal(await usageOf(ada, tree.spaceId), 8_000)
  })

  test('is asked for by copies, moves from elsewhere and restored versions', async () => {
    const tree = await TestTree.open(server)
    const other = await TestTree.open(server)
    const folder = await tree.folder('folder')
    const { id } = await make(folder, 'a.bin', 3_000)
    await putAs(id, bytesOf(100, 1))
    await tree.text('words.md', folder, 'words')
    await setQuota(ada, tree.spaceId, 3_200)
    const copy = { parentId: tree.rootId, name: 'copy' }
    assert.equal(await tree.code('POST', `/nodes/${folder}/copies`, copy), 'quota_exceeded')
    assert.equal(await tree.code('POST', `/nodes/${id}/versions/1/restore`), 'quota_exceeded')
    assert.deepEqual(await tree.names(), ['folder'])
    await setQuota(ada, other.spaceId, 3_104)
    assert.equal(await tree.move(folder, other.rootId), 'quota_exceeded')
    assert.equal(await usageOf(ada, tree.spaceId), 3_105)
    await setQuota(ada, other.spaceId, 3_105)
    assert.equal(await tree.move(folder, other.rootId), 'ok')
    assert.equal(await usageOf(ada, tree.spaceId), 0)
    assert.equal(await usageOf(ada, other.spaceId), 3_105)
  })

  test('refuses of a batch what does not fit any more, and takes the rest', async () => {
    const tree = await TestTree.open(server)
    await setQuota(ada, tree.spaceId, 1_000)
    const sizes = [600, 600, 400]
    const ids = sizes.map(() => uuidv7())
    const form = new FormData()
    const files = sizes.map((_, index) => ({
      parentId: tree.rootId,
      name: `${index}.bin`,
      id: ids[index],
    }))
    form.set('files', JSON.stringify(files))
    for (const [index, size] of sizes.entries())
      form.append('file', new Blob([bytesOf(size, index)]))
    for (let time = 0; time < 2; time++) {
      const answer = await ada.send('POST', '/nodes/files', { body: form })
      const { results } = (await answer.json()) as FileBatchResponse
      const codes = results.map((result) => (result.ok ? 'ok' : result.problem.code))
      assert.deepEqual(codes, ['ok', 'quota_exceeded', 'ok'])
    }
    assert.equal(await usageOf(ada, tree.spaceId), 1_000)
  })

  test('gives the same answer to a request that comes again after it has filled the space', async () => {
    const tree = await TestTree.open(server)
    await setQuota(ada, tree.spaceId, 500)
    const file = { parentId: tree.rootId, name: 'a.bin', id: uuidv7() }
    assert.equal((await ada.upload(file, bytesOf(500))).status, 201)
    assert.equal((await ada.upload(file, bytesOf(500))).status, 200)
  })

  test('stops who says that the bytes are there already, and sends others', async () => {
    const tree = await TestTree.open(server)
    const file = { parentId: tree.rootId, name: 'a.bin', id: uuidv7() }
    assert.equal((await ada.upload(file, bytesOf(500))).status, 201)
    await setQuota(ada, tree.spaceId, 500)
    const digest = createHash('sha256').update(bytesOf(500)).digest('base64')
    const headers = { 'repr-digest': `sha-256=:${digest}:` }
    assert.equal((await putAs(file.id, bytesOf(500), { headers })).status, 200)
    const lying = await putAs(file.id, bytesOf(501), { headers })
    assert.equal(lying.problem.code, 'quota_exceeded')
    const again = await ada.upload(file, bytesOf(100_000))
    assert.equal(((await again.json()) as Problem).code, 'quota_exceeded')
  })

  test('lets a text be put that is shorter than it was, and none that is longer', async () => {
    const tree = await TestTree.open(server)
    const id = await tree.text('words.md', tree.rootId, 'a good many words')
    await setQuota(ada, tree.spaceId, 10)
    assert.equal((await putAs(id, 'a good many more words')).problem.code, 'quota_exceeded')
    assert.equal((await putAs(id, 'a good many word')).status, 200)
  })

  test('is set by administrators only, who need not be members', async () => {
    const eve = await server.addUser('eve')
    const { id } = await eve.post<{ id: string }>('/spaces', { name: 'Of Eve' })
    const owner = new TestTree(server, { id, rootId: id }, eve)
    const quota = { quotaBytes: 5_000 }
    assert.equal(await owner.code('PATCH', `/admin/spaces/${id}`, quota), 'forbidden')
    assert.equal(await owner.code('GET', '/admin/spaces'), 'forbidden')
    assert.equal(await owner.code('PATCH', `/spaces/${id}`, quota), 'bad_request')
    await setQuota(ada, id, 5_000)
    const space = await eve.get<{ quotaBytes: number; usedBytes: number }>(`/spaces/${id}`)
    assert.deepEqual([space.quotaBytes, space.usedBytes], [5_000, 0])
    const { items } = await ada.get<{ items: { id: string; quotaBytes: number | null }[] }>(
      '/admin/spaces?limit=1000',
    )
    assert.equal(items.find((item) => item.id === id)?.quotaBytes, 5_000)
    await setQuota(ada, id, null)
    const admin = new TestTree(server, { id, rootId: id }, ada)
    assert.equal(await admin.code('PATCH', `/admin/spaces/${uuidv7()}`, quota), 'not_found')
  })
})
