import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { FaultyBlobStore, type StoreFault } from '@cloudsync/storage/testing/faulty-blob-store'
import { isUnavailableAnswer, timed } from '../../testing/timed-answer.ts'
import { isHeld, list } from '../../testing/tus-requests.ts'
import { openStockClient, startTestServer } from '../../testing/index.ts'

test('a file whose store is away is refused with a problem, not with half an answer, and texts do not notice', async () => {
  let fault: StoreFault | undefined
  await using server = await startTestServer({
    contents: { wrapStore: (store) => new FaultyBlobStore(store, { next: () => fault }) },
  })
  const { admin } = server
  const parentId = await admin.rootId()
  const stored = Buffer.concat([Buffer.from([0]), randomBytes(3_000_000)])
  const made = await admin.upload({ parentId, name: 'there.bin' }, Uint8Array.from(stored))
  const { id } = (await made.json()) as { id: string }
  const nodeId = await admin.createText('notes.md')
  using ada = openStockClient(admin, nodeId)
  await ada.saved()

  fault = 'refuse'
  for (const range of ['bytes=0-', 'bytes=2000000-2000100', 'bytes=-5']) {
    const headers = { range }
    const answer = await timed(() => admin.send('GET', `/nodes/${id}/content`, { headers }))
    assert.ok(isUnavailableAnswer(answer), JSON.stringify(answer))
  }
  const upload = await timed(() =>
    admin.upload({ parentId, name: 'new.bin' }, Uint8Array.from(randomBytes(2_000_000))),
  )
  assert.ok(isUnavailableAnswer(upload), JSON.stringify(upload))
  ada.text.insert(0, 'typed meanwhile')
  await ada.saved()
  assert.equal(await admin.text(`/nodes/${nodeId}/content`), 'typed meanwhile')
  const names = (await list(admin, parentId)).map(({ name }) => name).toSorted()
  assert.deepEqual(names, ['notes.md', 'there.bin'])

  fault = undefined
  assert.ok(await isHeld(admin, id, stored))
})
