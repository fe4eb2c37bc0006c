import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import * as Y from 'yjs'
import {
  packCheckpoint,
  packCheckpointSync,
  unpackCheckpoint,
  unpackCheckpointSync,
} from './checkpoint.ts'

const doc = new Y.Doc()
doc.getText('content').insert(0, 'kept')
const state = Y.encodeStateAsUpdate(doc)

test('a checkpoint gives back the state that it was made of', async () => {
  for (const packed of [await packCheckpoint(state), packCheckpointSync(state)]) {
    assert.deepEqual(new Uint8Array(await unpackCheckpoint(packed)), state)
    assert.deepEqual(new Uint8Array(unpackCheckpointSync(packed)), state)
  }
})

test('a checkpoint of an earlier version, in V2, is read in V1', async () => {
  const old = zstdCompressSync(Y.encodeStateAsUpdateV2(doc))
  assert.deepEqual(await unpackCheckpoint(old), state)
  assert.deepEqual(unpackCheckpointSync(old), state)
})

test('a checkpoint that is damaged is refused', async () => {
  const packed = packCheckpointSync(state)
  packed.fill(7, 5)
  await assert.rejects(unpackCheckpoint(packed))
  assert.throws(() => unpackCheckpointSync(packed))
  await assert.rejects(unpackCheckpoint(new Uint8Array()))
})
