import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestServer } from '../testing/index.ts'

test('a server takes contents whose DATA_DIR nothing else has made', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-data-'))
  try {
    await using server = await startTestServer({}, { DATA_DIR: join(directory, 'data') })
    const nodeId = await server.admin.createText('notes.md')
    await server.admin.put(`/nodes/${nodeId}/content`, 'words', { 'if-match': '*' })
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), 'words')
  } finally {
    await rm(directory, { recursive: true })
  }
})
