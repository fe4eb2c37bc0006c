import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createFolderState, FolderReplica } from '@cloudsync/crdt'
import { v7 as uuidv7 } from 'uuid'
import * as Y from 'yjs'
import { buildDocument } from './document-loading.ts'
import type { LogRow } from './history-segment.ts'

function rowOf(seq: number, payload: Uint8Array): LogRow {
  return { seq, authorId: null, createdAt: new Date(), payload }
}

suite('loading a document', () => {
  test('serves others while a folder of 20,000 children is loaded', async () => {
    const children = new Map(
      Array.from({ length: 20_000 }, (_, index) => [
        uuidv7(),
        { name: `file ${index}.md`, kind: 'text' as const },
      ]),
    )
    const state = createFolderState(children, 7)
    const rename = new Y.Doc()
    Y.applyUpdate(rename, state)
    const before = Y.encodeStateVector(rename)
    const [first = ''] = children.keys()
    rename.getMap('children').set(`n|${first}`, 'renamed.md')
    const rows = [rowOf(1, state), rowOf(2, Y.encodeStateAsUpdate(rename, before))]
    let served = 0
    let isLoaded = false
    const serve = () => {
      served += 1
      if (!isLoaded) setImmediate(serve)
    }
    setImmediate(serve)
    const doc = await buildDocument(undefined, rows)
    const folder = await FolderReplica.open(doc, async () => {
      served += 1
    })
    isLoaded = true
    assert.ok(served > 30, `${served} turns for others`)
    assert.equal(folder.view.size, 20_000)
    assert.equal(folder.view.get(first)?.name, 'renamed.md')
    assert.deepEqual(Y.encodeStateVector(doc), Y.encodeStateVector(rename))
    assert.deepEqual([...folder.holdersOf('renamed.md')], [first])
  })

  test('fails, and does not hang, when what is stored is broken', async () => {
    const broken = new Uint8Array(2 * 1024 * 1024).fill(255)
    await assert.rejects(buildDocument(broken, []))
    await assert.rejects(buildDocument(undefined, [rowOf(1, broken)]))
  })
})
