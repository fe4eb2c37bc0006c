import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileBatchResponse, Node } from '@cloudsync/protocol'
import { openTestFiles } from '../testing/open-test-files.ts'

test('the id of a node that is gone for good is never another’s, however that is made', async () => {
  await using files = await openTestFiles()
  const { ada } = files
  const { id: spaceId, rootId: parentId } = await files.newSpace()
  const { id } = await ada.post<Node>('/nodes', { parentId, name: 'gone', kind: 'blob' })
  await ada.delete(`/nodes/${id}`)
  await ada.delete(`/trash/${id}`)

  const assertTaken = async (answer: Response) => {
    assert.equal(answer.status, 409)
    assert.equal(((await answer.json()) as { code: string }).code, 'id_taken')
  }
  const headers = { 'content-type': 'application/json' }
  for (const kind of ['blob', 'text', 'folder']) {
    const body = JSON.stringify({ parentId, name: 'new', kind, id })
    await assertTaken(await ada.send('POST', '/nodes', { headers, body }))
  }
  for (const content of ['a text', new Uint8Array([0, 1, 2])])
    await assertTaken(await ada.upload({ parentId, name: 'new', id }, content))
  const form = new FormData()
  form.set(
    'files',
    JSON.stringify([
      { parentId, name: 'new', id },
      { parentId, name: 'other' },
    ]),
  )
  for (const content of ['a text', 'another']) form.append('file', new Blob([content]), 'x')
  const batch = await ada.send('POST', '/nodes/files', { body: form })
  const { results } = (await batch.json()) as FileBatchResponse
  assert.deepEqual(
    results.map((result) => (result.ok ? result.node.name : result.problem.code)),
    ['id_taken', 'other'],
  )
  assert.equal((await ada.send('DELETE', `/trash?spaceId=${spaceId}`)).status, 200)
})
