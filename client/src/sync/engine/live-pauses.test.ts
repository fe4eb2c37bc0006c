import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LocalEntry, RemoteEntry, SyncedEntry } from '../model/entry.ts'
import { longestPauseMs, quietMs } from '../texts/write-pause.ts'
import { LivePauses } from './live-pauses.ts'

const id = '00000000-0000-7000-8000-000000000002' as NodeId
const place = { id, parentId: id, name: 'a.md', kind: 'file' } as const
const merge = { kind: 'merge-text', id } as const

function openPauses() {
  const remote = new Map<NodeId, RemoteEntry>()
  const local = new Map<NodeId, LocalEntry>()
  const synced = new Map<NodeId, SyncedEntry>()
  const pauses = new LivePauses({ remote, local, synced })
  let version = 0
  const show = (localContent: string) =>
    local.set(id, { ...place, content: localContent, fingerprint: null })
  show('agreed')
  synced.set(id, { ...place, localContent: 'agreed', remoteContent: '1.0' })
  /** Somebody types, or nobody does; whether the file is to be left alone. */
  const look = (atMs: number, isTyped = true) => {
    if (isTyped) version++
    remote.set(id, {
      ...place,
      seq: version,
      content: `1.${version}`,
      isText: true,
      sizeBytes: 1,
      canEdit: true,
    })
    pauses.begin(atMs)
    return pauses.isWaiting(merge, atMs)
  }
  return { pauses, look, show }
}

test('changes that come one by one go into the file at once', () => {
  const { look } = openPauses()
  for (let atMs = 0; atMs < 10_000; atMs += quietMs) assert.equal(look(atMs), false)
})

test('what follows closely waits until it is quiet', () => {
  const { pauses, look } = openPauses()
  assert.equal(look(0), false)
  assert.equal(look(50), true)
  assert.equal(pauses.nextDueMs(), 50 + quietMs)
  assert.equal(look(200), true)
  assert.equal(look(200 + quietMs - 1, false), true)
  assert.equal(look(200 + quietMs, false), false)
  assert.equal(pauses.nextDueMs(), undefined)
})

test('who types without a pause is seen every two seconds', () => {
  const { look } = openPauses()
  let written = 0
  for (let atMs = 0; atMs <= 10_000; atMs += 100) if (!look(atMs)) written++
  assert.ok(written >= 10_000 / (longestPauseMs + 100) && written <= 8, `${written}`)
})

test('what was saved here does not wait', () => {
  const { look, show } = openPauses()
  look(0)
  assert.equal(look(50), true)
  show('saved')
  assert.equal(look(60), false)
})

test('a clock that is set back makes nothing wait for longer', () => {
  const { pauses, look } = openPauses()
  look(1_000_000)
  look(1_000_050)
  if (look(0)) assert.ok((pauses.nextDueMs() ?? 0) <= quietMs)
})
