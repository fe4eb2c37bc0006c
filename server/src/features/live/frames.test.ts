import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  encodeAuthFrame,
  encodeSyncFrame,
  encodeSyncStatusFrame,
  frameType,
  frameTypes,
  readFrameHead,
  readSyncBody,
  readToken,
  syncSteps,
} from './frames.ts'

const address = 'text:01890000-0000-7000-8000-00000000000a'

test('reads back the frames that it writes', () => {
  const frame = encodeSyncFrame(address, syncSteps.update, Uint8Array.of(1, 2, 3))
  const head = readFrameHead(frame)
  assert.ok(head)
  assert.equal(head.address, address)
  assert.equal(head.type, frameTypes.sync)
  assert.deepEqual(readSyncBody(frame, head.offset), { step: 2, payload: Uint8Array.of(1, 2, 3) })
  assert.equal(frameType(encodeSyncStatusFrame(address, true)), frameTypes.syncStatus)
})

test('takes a token only from an Auth frame that carries one', () => {
  const frame = encodeAuthFrame(address, 'secret')
  const head = readFrameHead(frame)
  assert.ok(head)
  assert.equal(readToken(frame, head.offset), 'secret')
  frame[head.offset] = 1
  assert.equal(readToken(frame, head.offset), undefined)
})

test('calls bytes that are no frame none, whatever they are', () => {
  const frame = encodeSyncFrame(address, syncSteps.update, Uint8Array.of(1, 2, 3))
  assert.equal(readFrameHead(new Uint8Array()), undefined)
  assert.equal(
    readFrameHead(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 255, 255)),
    undefined,
  )
  assert.equal(readFrameHead(Uint8Array.of(200, 3, 65)), undefined)
  for (let length = 0; length < frame.length; length += 1) {
    const head = readFrameHead(frame.subarray(0, length))
    if (head) assert.equal(readSyncBody(frame.subarray(0, length), head.offset), undefined)
  }
})

test('takes no sync body with something behind it', () => {
  const frame = encodeSyncFrame(address, syncSteps.update, Uint8Array.of(1))
  const longer = Uint8Array.of(...frame, 0)
  const head = readFrameHead(longer)
  assert.ok(head)
  assert.equal(readSyncBody(longer, head.offset), undefined)
})
