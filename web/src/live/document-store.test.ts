import 'fake-indexeddb/auto'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { NodeId, UserId } from '@cloudsync/protocol'
import * as Y from 'yjs'
import { ManualTimers } from '../../testing/manual-timers.ts'
import { DocumentJournal } from './document-journal.ts'
import { DocumentStore, type DocumentKey, type Draft } from './document-store.ts'

let databases = 0
const openStore = () => DocumentStore.open(indexedDB, `test ${++databases}`)
const key: DocumentKey = { userId: 'ada' as UserId, nodeId: 'node' as NodeId }
const other: DocumentKey = { userId: 'bob' as UserId, nodeId: 'node' as NodeId }

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values)
}

suite('documents kept on this device', () => {
  test('gives back what was written, in order, to the same person only', async () => {
    const store = await openStore()
    await store.append(key, [bytes(1), bytes(2)], { writer: 'page', edits: 2 })
    await store.append(key, [bytes(3)], { writer: 'page', edits: 3 })
    const stored = await store.load(key)
    assert.deepEqual(stored.updates, [bytes(1), bytes(2), bytes(3)])
    assert.deepEqual(stored.pending, [{ writer: 'page', edits: 3 }])
    assert.deepEqual(await store.load(other), { updates: [], pending: [] })
    store.close()
  })

  test('compaction replaces exactly what it has read, also when another tab writes', async () => {
    const store = await openStore()
    await store.append(key, [bytes(1), bytes(2)], { writer: 'one', edits: 0 })
    const compaction = store.compact(key, (updates) => bytes(...updates.map(([n]) => n ?? 0)), 1)
    const append = store.append(key, [bytes(3)], { writer: 'two', edits: 1 })
    await Promise.all([compaction, append])
    assert.deepEqual((await store.load(key)).updates, [bytes(1, 2), bytes(3)])
    store.close()
  })

  test('what earlier pages left is settled, unless it has changed since', async () => {
    const store = await openStore()
    await store.setPending(key, { writer: 'dead', edits: 2 })
    await store.setPending(key, { writer: 'alive', edits: 1 })
    const { pending } = await store.load(key)
    await store.setPending(key, { writer: 'alive', edits: 5 })
    await store.settlePending(key, pending)
    assert.deepEqual((await store.load(key)).pending, [{ writer: 'alive', edits: 5 }])
    assert.deepEqual(await store.listPendingNodes(key.userId), [key.nodeId])
    await store.setPending(key, { writer: 'alive', edits: 0 })
    assert.deepEqual(await store.listPendingNodes(key.userId), [])
    store.close()
  })

  test('a person who leaves takes what is on the server anyway, and nothing else', async () => {
    const store = await openStore()
    const dirty = { ...key, nodeId: 'dirty' as NodeId }
    for (const document of [key, dirty, other]) {
      await store.append(document, [bytes(1)], { writer: 'page', edits: 0 })
      await store.compact(document, () => bytes(9), 1)
    }
    await store.setPending(dirty, { writer: 'page', edits: 1 })
    const torn = { ...key, nodeId: 'torn away' as NodeId }
    await store.append(torn, [bytes(1), bytes(2)], { writer: 'page', edits: 0 })
    await store.removeClean(key.userId, 2)
    assert.equal((await store.load(torn)).updates.length, 2)
    await store.removeClean(key.userId)
    assert.equal((await store.load(key)).updates.length, 0)
    assert.equal((await store.load(torn)).updates.length, 0)
    assert.equal((await store.load(dirty)).updates.length, 1)
    assert.equal((await store.load(other)).updates.length, 1)
    store.close()
  })

  test('drafts are listed for their file, the newest first', async () => {
    const store = await openStore()
    const draft = (id: string, createdAt: number): Draft => ({
      ...key,
      id,
      createdAt,
      fileName: 'a.md',
      text: id,
      reason: 'sealed',
    })
    await store.saveDraft(draft('old', 1))
    await store.saveDraft(draft('new', 2))
    assert.deepEqual(
      (await store.listDrafts(key)).map(({ id }) => id),
      ['new', 'old'],
    )
    assert.deepEqual(await store.listDrafts(other), [])
    await store.deleteDraft('new')
    assert.equal((await store.listDrafts(key)).length, 1)
    store.close()
  })
})

suite('journal of one document', () => {
  const options = (store: DocumentStore | undefined, timers = new ManualTimers()) => ({
    store,
    key,
    timers,
    writer: 'page',
    onFailed: () => undefined,
  })

  test('a document comes back with all its words and deletions, before and after folding', async () => {
    const store = await openStore()
    const journal = new DocumentJournal(options(store))
    const document = new Y.Doc()
    const text = document.getText('content')
    let edits = 0
    document.on('update', (update) => journal.append(update, 'local', ++edits))
    for (let round = 0; round < 700; round++) {
      text.insert(text.length, `${round} `)
      if (round % 7 === 0) text.delete(0, 2)
    }
    await journal.flushed()
    const read = async () => {
      const copy = new Y.Doc()
      const stored = await store.load(key)
      for (const update of stored.updates) Y.applyUpdate(copy, update)
      return { text: copy.getText('content').toJSON(), rows: stored.updates.length }
    }
    assert.equal((await read()).text, text.toJSON())
    await journal.close()
    const folded = await read()
    assert.equal(folded.text, text.toJSON())
    assert.equal(folded.rows, 1)
    store.close()
  })

  test('what others typed waits a little, and goes before a local edit that may build on it', async () => {
    const store = await openStore()
    const timers = new ManualTimers()
    const journal = new DocumentJournal(options(store, timers))
    const [remote, local] = [update('a'), update('b')]
    journal.append(remote, 'remote', 0)
    assert.equal((await store.load(key)).updates.length, 0)
    journal.append(local, 'local', 1)
    await journal.flushed()
    const stored = await store.load(key)
    assert.deepEqual(stored.updates, [Y.mergeUpdates([remote, local])])
    assert.deepEqual(stored.pending, [{ writer: 'page', edits: 1 }])
    journal.append(update('c'), 'remote', 1)
    timers.pass(2_000)
    await journal.flushed()
    assert.equal((await store.load(key)).updates.length, 2)
    store.close()
  })

  test('a browser that keeps nothing is told apart, and stands in nobody’s way', async () => {
    const journal = new DocumentJournal(options(undefined))
    assert.equal(journal.isPersistent, false)
    assert.deepEqual(await journal.load(), { updates: [], pending: [] })
    journal.append(update('a'), 'local', 1)
    await journal.close()
  })

  test('a store that fails under way is given up, once', async () => {
    const store = await openStore()
    let failures = 0
    const journal = new DocumentJournal({ ...options(store), onFailed: () => failures++ })
    store.close()
    journal.append(update('a'), 'local', 1)
    await journal.flushed()
    journal.append(update('b'), 'local', 2)
    await journal.close()
    assert.equal(journal.isPersistent, false)
    assert.equal(failures, 1)
  })
})

function update(words: string): Uint8Array {
  const document = new Y.Doc()
  document.getText('content').insert(0, words)
  return Y.encodeStateAsUpdate(document)
}
