import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { crookedUpdate } from '@cloudsync/crdt/testing'
import * as Y from 'yjs'
import { detachWaiting, returnWaiting } from './waiting-structs.ts'

const place = { root: 'content' }

/** A text in which 100 structs wait for one, to be placed among 5,000 others. */
function textWithWaiting(): { doc: Y.Doc; missing: Uint8Array } {
  const doc = new Y.Doc()
  const text = doc.getText('content')
  doc.clientID = 9
  for (let index = 0; index < 2_500; index += 1) {
    text.insert(text.length, 'ab')
    text.delete(text.length - 1, 1)
  }
  const waiting = Array.from({ length: 100 }, (_, index) =>
    index === 0
      ? { origin: { client: 5, clock: 0 } }
      : { rightOrigin: { client: 9, clock: 4_998 - 2 * index } },
  )
  Y.applyUpdate(doc, crookedUpdate(10, 0, waiting, place))
  return { doc, missing: crookedUpdate(5, 0, [{ origin: { client: 9, clock: 0 } }], place) }
}

suite('structs that wait', () => {
  test('are set off turn by turn by what they wait for', async () => {
    const { doc, missing } = textWithWaiting()
    const twin = new Y.Doc()
    Y.applyUpdate(twin, Y.encodeStateAsUpdate(doc))
    Y.applyUpdate(twin, missing)
    const waiting = detachWaiting(doc)
    assert.ok(waiting)
    assert.equal(doc.store.pendingStructs, null)
    Y.applyUpdate(doc, missing)
    let turns = 0
    const inTurn = async <T>(work: () => T) => {
      turns += 1
      return work()
    }
    const limits = { maxWork: 30_000, maxSteps: 60_000 }
    await returnWaiting(waiting, doc.getText('content'), limits, inTurn, () => true)
    assert.ok(turns > 5, `${turns} turns`)
    assert.equal(doc.getText('content').toJSON(), twin.getText('content').toJSON())
    assert.deepEqual(Y.encodeStateVector(doc), Y.encodeStateVector(twin))
  })

  test('wait on when what came is not what they wait for', async () => {
    const { doc } = textWithWaiting()
    const before = Y.encodeStateAsUpdate(doc)
    const waiting = detachWaiting(doc)
    assert.ok(waiting)
    const inTurn = async <T>(work: () => T) => work()
    const limits = { maxWork: 30_000, maxSteps: 60_000 }
    await returnWaiting(waiting, doc.getText('content'), limits, inTurn, () => true)
    assert.deepEqual(Y.encodeStateAsUpdate(doc), before)
  })
})
