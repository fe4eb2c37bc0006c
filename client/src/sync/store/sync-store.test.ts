import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync, closeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import type { LocalEntry, RemoteEntry, SyncedEntry } from '../model/entry.ts'
import { openSyncStore } from './open-sync-store.ts'
import { SyncStore } from './sync-store.ts'

const rootId = idOf(0)

test('finds again after a restart what a step was about to do', (t) => {
  const path = temporary(t)
  const fingerprint = localEntry(1).fingerprint
  assert.ok(fingerprint)
  const at = { parentId: rootId, name: 'a' }
  const write = { ...at, id: idOf(1), content: 'one', remoteContent: '1.1', fingerprint }
  const send = { ...at, id: idOf(2), kind: 'file', content: 'two', remoteBase: null } as const
  {
    using store = openSyncStore(path, 0).store
    store.transaction((writer) => {
      writer.putWrite(write, Uint8Array.of(1, 2))
      writer.putWrite({ ...write, id: idOf(3) }, undefined)
      writer.putSend({ ...send, operationId: 'operation' })
      writer.putPlace({ ...at, id: idOf(6), kind: 'folder', isShared: true })
      writer.putPlace({ ...at, id: idOf(7), kind: 'file', isShared: false })
      writer.setTrashing(idOf(4), true)
      writer.setTrashing(idOf(5), true)
    })
    store.transaction((writer) => {
      writer.setTrashing(idOf(5), false)
      writer.removePlace(idOf(7))
    })
  }
  using store = openSyncStore(path, 0).store
  assert.deepEqual(store.writes.get(idOf(1)), write)
  assert.deepEqual(store.findWriteBase(idOf(1)), Uint8Array.of(1, 2))
  assert.equal(store.findWriteBase(idOf(3)), undefined)
  assert.deepEqual(store.sends.get(idOf(2)), { ...send, operationId: 'operation' })
  assert.deepEqual([...store.trashing.keys()], [idOf(4)])
  const place = { ...at, id: idOf(6), kind: 'folder', isShared: true }
  assert.deepEqual([...store.places.values()], [place])
  store.transaction((writer) => {
    writer.removeWrite(idOf(1))
    writer.removeSend(idOf(2))
  })
  assert.deepEqual([store.writes.size, store.sends.size], [1, 0])
})

test('finds again after a restart all that was committed', (t) => {
  const path = temporary(t)
  {
    using store = openSyncStore(path, 0).store
    store.transaction((writer) => {
      writer.putRemote(remoteEntry(1))
      writer.putLocal(localEntry(1))
      writer.putSynced(syncedEntry(1))
      writer.putRemote({ ...remoteEntry(2), kind: 'folder', content: null, sizeBytes: null })
      writer.putLocal({ ...localEntry(2), kind: 'folder', content: null, fingerprint: null })
      writer.setCursor('17')
      writer.setSeenSeq(17)
      writer.putText(idOf(1), { state: Uint8Array.of(0, 1, 255), about: '{"a":1}' })
      writer.setApproved(idOf(1), 'remote', true)
    })
    store.transaction((writer) => writer.removeRemote(idOf(2)))
  }
  using store = openSyncStore(path, 0).store
  assert.deepEqual([...store.trees.remote.values()], [remoteEntry(1)])
  assert.deepEqual(store.trees.local.get(idOf(1)), localEntry(1))
  assert.equal(store.trees.local.get(idOf(2))?.fingerprint, null)
  assert.deepEqual(store.trees.synced.get(idOf(1)), syncedEntry(1))
  assert.equal(store.cursor, '17')
  assert.equal(store.seenSeq, 17)
  assert.deepEqual(store.findText(idOf(1)), { state: Uint8Array.of(0, 1, 255), about: '{"a":1}' })
  assert.ok(store.isApproved(idOf(1), 'remote'))
  assert.ok(!store.isApproved(idOf(1), 'local'))
})

test('keeps nothing of a transaction that breaks off, in memory or on the disk', () => {
  using store = new SyncStore(new DatabaseSync(':memory:'))
  store.transaction((writer) => writer.putRemote(remoteEntry(1)))
  assert.throws(() =>
    store.transaction((writer) => {
      writer.removeRemote(idOf(1))
      writer.putRemote(remoteEntry(2))
      writer.setCursor('5')
      throw new Error('broken off')
    }),
  )
  assert.deepEqual([...store.trees.remote.keys()], [idOf(1)])
  assert.equal(store.cursor, undefined)
  store.transaction((writer) => writer.putRemote(remoteEntry(3)))
  assert.deepEqual([...store.trees.remote.keys()], [idOf(1), idOf(3)])
})

test('puts a damaged database aside and begins with an empty one', (t) => {
  const path = temporary(t)
  {
    using store = openSyncStore(path, 0).store
    store.transaction((writer) => {
      for (let index = 1; index < 500; index++) writer.putRemote(remoteEntry(index))
    })
  }
  const file = openSync(path, 'r+')
  for (let at = 4096; at < statSync(path).size; at += 4096)
    writeSync(file, Buffer.alloc(512, 0xa5), 0, 512, at)
  closeSync(file)
  const opened = openSyncStore(path, 42)
  using store = opened.store
  assert.equal(store.trees.remote.size, 0)
  assert.equal(store.cursor, undefined)
  assert.equal(opened.damagedPath, `${path}.damaged-42`)
  assert.ok(readdirSync(join(path, '..')).includes('sync.db.damaged-42'))
})

test('refuses a database of a later program and leaves it alone', (t) => {
  const path = temporary(t)
  openSyncStore(path, 0).store[Symbol.dispose]()
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 9999')
  database.close()
  assert.throws(() => openSyncStore(path, 0), /version 9999/)
  assert.deepEqual(
    readdirSync(join(path, '..')).filter((name) => name.includes('damaged')),
    [],
  )
})

test('holds 100,000 nodes and has them in memory within two seconds of opening', (t) => {
  const path = temporary(t)
  {
    using store = openSyncStore(path, 0).store
    for (let from = 0; from < 100_000; from += 1000)
      store.transaction((writer) => {
        for (let index = from; index < from + 1000; index++) {
          writer.putRemote(remoteEntry(index))
          writer.putLocal(localEntry(index))
          writer.putSynced(syncedEntry(index))
        }
      })
  }
  const started = process.cpuUsage()
  using store = openSyncStore(path, 0).store
  const used = process.cpuUsage(started)
  assert.equal(store.trees.synced.size, 100_000)
  const usedMs = (used.user + used.system) / 1000
  t.diagnostic(`${Math.round(usedMs)} ms of processor time`)
  assert.ok(usedMs < 2000, `${usedMs} ms`)
})

test('lists problems, conflicts and what was done', () => {
  const database = new DatabaseSync(':memory:')
  const store = new SyncStore(database)
  store.transaction((writer) => {
    const problem = { id: idOf(1), path: 'a/b', code: 'EIO', detail: 'x', attempts: 2 }
    writer.putProblem({ ...problem, sinceMs: 5, retryAtMs: 9 })
    for (const at of [1, 2, 3])
      writer.addHistory({
        atMs: at,
        operation: 'download',
        nodeId: idOf(at % 2),
        path: `p${at}`,
        detail: '{}',
      })
    const conflict = { nodeId: idOf(1), path: 'a', detail: '', kind: 'text-overlap' } as const
    writer.addConflict({ ...conflict, atMs: 1 })
    writer.addConflict({ ...conflict, atMs: 2 })
    writer.resolveConflict(2, 7)
  })
  assert.equal(new SyncStore(database).problems.get(idOf(1))?.retryAtMs, 9)
  assert.deepEqual(
    store.listHistory({ limit: 2 }).map(({ path }) => path),
    ['p3', 'p2'],
  )
  assert.deepEqual(
    store.listHistory({ nodeId: idOf(1), before: 3 }).map(({ path }) => path),
    ['p1'],
  )
  assert.deepEqual(
    store.listConflicts().map(({ atMs, resolvedAtMs }) => [atMs, resolvedAtMs]),
    [
      [1, undefined],
      [2, 7],
    ],
  )
})

function temporary(t: { after(clean: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'cloudsync-store-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'sync.db')
}

function idOf(index: number): NodeId {
  return `00000000-0000-7000-8000-${String(index).padStart(12, '0')}` as NodeId
}

function remoteEntry(index: number): RemoteEntry {
  return {
    id: idOf(index),
    parentId: rootId,
    name: `näme ${index}`,
    kind: 'file',
    seq: index,
    content: `content ${index}`,
    isText: index % 2 === 0,
    sizeBytes: index,
    canEdit: true,
  }
}

function localEntry(index: number): LocalEntry {
  return {
    id: idOf(index),
    parentId: rootId,
    name: `näme ${index}`,
    kind: 'file',
    content: `content ${index}`,
    fingerprint: {
      device: '1',
      inode: '18446744073709551615',
      bornNs: '1700000000000000001',
      sizeBytes: index,
      modifiedNs: '1700000000000000002',
      changedNs: '1700000000000000003',
    },
  }
}

function syncedEntry(index: number): SyncedEntry {
  const { id, parentId, name, kind } = localEntry(index)
  return { id, parentId, name, kind, localContent: `l${index}`, remoteContent: `r${index}` }
}
