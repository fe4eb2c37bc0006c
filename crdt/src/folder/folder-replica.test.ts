import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { childId } from '../testing/child-id.ts'
import { fuzz } from '../testing/fuzz.ts'
import { RandomFolder } from '../testing/random-folder.ts'
import { readFolder } from './folder-document.ts'
import { FolderReplica } from './folder-replica.ts'

const a = childId(1)
const b = childId(2)

test('[FD4] a replica is true to its document whatever is lost, repeated or late', () => {
  fuzz({ runs: 300, seed: 1 }, (random) => {
    const world = new RandomFolder(random)
    const updates: Uint8Array[] = []
    world.folder.doc.on('update', (update: Uint8Array) => updates.push(update))
    for (let step = 0; step < 30; step += 1) world.step()
    const replica = new FolderReplica()
    for (let left = updates.length * 2; left > 0; left -= 1) {
      if (updates.length > 0) replica.apply(random.pick(updates))
      assert.deepEqual(replica.view, readFolder(replica.doc))
    }
    for (const update of updates) replica.apply(update)
    assert.deepEqual(replica.view, readFolder(world.folder.doc))
  })
})

test('[FD4] finds who has a name, also several, and under any case', () => {
  const replica = new FolderReplica()
  replica.edit([
    { type: 'put', id: a, name: 'Straße', kind: 'text' },
    { type: 'put', id: b, name: 'STRASSE', kind: 'text' },
  ])
  assert.deepEqual([...replica.holdersOf('strasse')], [a, b])
  replica.edit([{ type: 'put', id: a, name: 'other', kind: 'text' }])
  assert.deepEqual([...replica.holdersOf('strasse')], [b])
  replica.edit([{ type: 'remove', id: b }])
  assert.deepEqual([...replica.holdersOf('strasse')], [])
})

test('[FD5] a delta tells each changed child and each stray key, and nothing of what stays', () => {
  const author = new Y.Doc()
  const entries = author.getMap('children')
  const replica = new FolderReplica()
  const send = () => replica.apply(Y.encodeStateAsUpdate(author, Y.encodeStateVector(replica.doc)))
  author.transact(() => {
    entries.set(`n|${a}`, 'a')
    entries.set(`k|${a}`, 'text')
    entries.set(`n|${b}`, 'half')
    entries.set('stray', 1)
  })
  const first = { name: 'a', kind: 'text' }
  assert.deepEqual(send(), {
    changes: [{ id: a, before: undefined, after: first }],
    strayKeys: ['stray'],
  })
  assert.deepEqual(send(), { changes: [], strayKeys: [] })
  entries.set(`n|${a}`, 'b')
  entries.set(`n|${a}`, 'a')
  assert.deepEqual(send(), { changes: [], strayKeys: [] })
  entries.set(`n|${a}`, 'c')
  const renamed = { name: 'c', kind: 'text' }
  assert.deepEqual(send().changes, [{ id: a, before: first, after: renamed }])
  entries.set(`k|${a}`, 'socket')
  assert.deepEqual(send(), {
    changes: [{ id: a, before: renamed, after: undefined }],
    strayKeys: [`k|${a}`],
  })
})

test('[FD5] what waits for a lost update is told with the update that it waits for', () => {
  const author = new Y.Doc()
  const updates: Uint8Array[] = []
  author.on('update', (update: Uint8Array) => updates.push(update))
  author.getMap('children').set(`n|${a}`, 'a')
  author.getMap('children').set(`k|${a}`, 'text')
  const [name, kind] = updates as [Uint8Array, Uint8Array]
  const replica = new FolderReplica()
  assert.deepEqual(replica.apply(kind).changes, [])
  assert.equal(replica.apply(name).changes.length, 1)
})
