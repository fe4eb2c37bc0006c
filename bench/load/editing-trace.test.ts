import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import * as Y from 'yjs'
import { readEditingTrace } from './editing-trace.ts'

const text = '1@ada'

function insertion(actor: string, startOp: number, after: string, value: string) {
  return { actor, startOp, ops: [{ action: 'set', obj: text, insert: true, elemId: after, value }] }
}

test('a recorded history becomes the updates of its authors, edit for edit', async () => {
  const changes = [
    { actor: 'ada', startOp: 1, ops: [{ action: 'makeText', obj: '_root', key: 'text' }] },
    insertion('ada', 2, '_head', 'b'),
    insertion('ada', 3, '2@ada', 'd'),
    // Before what is there, after it, and after something that is gone.
    insertion('ben', 4, '_head', 'a'),
    insertion('ben', 5, '2@ada', 'c'),
    { actor: 'ada', startOp: 6, ops: [{ action: 'del', obj: text, elemId: '2@ada' }] },
    insertion('ada', 7, '2@ada', 'x'),
  ]
  const directory = await mkdtemp(join(tmpdir(), 'trace-'))
  const path = join(directory, 'trace.json.gz')
  await writeFile(path, gzipSync(`${changes.map((change) => JSON.stringify(change)).join('\n')}\n`))
  const { updates, clientIds } = await readEditingTrace(path)
  await rm(directory, { recursive: true })
  assert.equal(updates.length, 6)
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  assert.equal(doc.getText('content').toJSON(), 'axcd')
  assert.deepEqual(new Set(doc.store.clients.keys()), new Set(clientIds))
})
