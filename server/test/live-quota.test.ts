import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import type { Space } from '@cloudsync/protocol'
import {
  docOf,
  openStockClient,
  RawClient,
  startTestServer,
  typed,
  waitUntil,
  type TestCaller,
} from '../testing/index.ts'

/** More than typing may bring a space over a small quota. */
const beyondSlackBytes = 1.5 * 1024 ** 2

async function spaceOf(caller: TestCaller): Promise<Space> {
  const { items } = await caller.get<{ items: Space[] }>('/spaces')
  assert.ok(items[0])
  return items[0]
}

/** Puts so many bytes beside the text, and sets a quota of ten. */
async function fill(caller: TestCaller, sizeBytes: number): Promise<void> {
  const file = { parentId: await caller.rootId(), name: 'full.bin' }
  const answer = await caller.upload(file, new Uint8Array(sizeBytes))
  assert.equal(answer.status, 201)
  await setQuota(caller, 10)
}

async function setQuota(caller: TestCaller, quotaBytes: number | null): Promise<void> {
  await caller.patch(`/admin/spaces/${(await spaceOf(caller)).id}`, { quotaBytes })
}

suite('typing in a full space', () => {
  test('goes on beyond the quota, by some', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    await fill(server.admin, 1_000)
    using ada = openStockClient(server.admin, nodeId)
    ada.text.insert(0, 'words that have no room')
    await ada.saved()
    await waitUntil('the words are counted', async () => {
      return (await spaceOf(server.admin)).usedBytes === 1_023
    })
    ada.text.insert(0, 'more ')
    await ada.saved()
    const content = `/nodes/${nodeId}/content`
    assert.equal(await server.admin.text(content), 'more words that have no room')
    const put = await server.admin.send('PUT', content, {
      body: 'a text that is put and is longer',
    })
    assert.equal(put.status, 507)
  })

  test('is refused further beyond, with its reason, and taken as soon as there is room', async () => {
    await using server = await startTestServer()
    const { admin } = server
    const nodeId = await admin.createText('notes.md')
    await fill(admin, beyondSlackBytes)
    using typist = await RawClient.open(admin, nodeId, { clientId: 7 })
    typist.sendSync(0, Uint8Array.of(0))
    const doc = docOf(7)
    typist.sendSync(2, Y.encodeStateAsUpdate(doc))
    let sent = 1
    await waitUntil('the server has noticed', async () => {
      typist.sendSync(2, typed(doc, 'x'))
      sent += 1
      return (await typist.answered(sent)).at(-1) === false
    })
    assert.deepEqual(typist.messages.at(-1), { type: 'refused', reason: 'space_full' })
    const taken = typist.statuses.filter((isTaken) => isTaken).length - 1
    assert.equal(await admin.text(`/nodes/${nodeId}/content`), 'x'.repeat(taken))

    // Folders may be changed: that makes room.
    await admin.post('/nodes', { parentId: await admin.rootId(), name: 'folder', kind: 'folder' })
    await setQuota(admin, null)
    const copy = new Y.Doc()
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
    await waitUntil('what was refused is taken', async () => {
      using again = openStockClient(admin, nodeId, { doc: copyOf(copy) })
      await again.until('the document is in sync', () => again.provider.isSynced)
      return (await admin.text(`/nodes/${nodeId}/content`)).length === doc.getText('content').length
    })
  })
})

function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  return copy
}
