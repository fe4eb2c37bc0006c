import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { fuzz } from '../testing/fuzz.ts'
import { RandomEditors } from '../testing/random-updates.ts'
import { wireBytes } from '../testing/wire-bytes.ts'
import { isContained } from './is-contained.ts'
import { stateUpdateLimits } from './scan-limits.ts'
import { scanUpdate } from './scan-update.ts'
import type { UpdateScan } from './update-scan.ts'
import { startCpuTimer } from '../testing/cpu-timer.ts'

function scanned(update: Uint8Array): UpdateScan {
  const scan = scanUpdate(update, stateUpdateLimits)
  if (scan.kind === 'refused') assert.fail(scan.detail)
  return scan
}

function contains(doc: Y.Doc, update: Uint8Array): boolean {
  return isContained(scanned(update), doc)
}

/** What a document knows and waits for; how it cuts its structs is left out. */
function knowledgeOf(doc: Y.Doc): unknown[] {
  const { structs, deletes } = scanned(Y.encodeStateAsUpdate(doc))
  return [structs, deletes, doc.store.pendingStructs, doc.store.pendingDs]
}

test('[IC1] an update is contained exactly when applying it changes nothing', () => {
  fuzz({ runs: 150, seed: 77 }, (random) => {
    const editors = new RandomEditors(random, 'general')
    const server = new Y.Doc({ gc: random.chance(0.5) })
    for (let step = 0; step < 30; step += 1) {
      for (const update of editors.step()) {
        const before = knowledgeOf(server)
        const isKnown = contains(server, update)
        Y.applyUpdate(server, update)
        const after = knowledgeOf(server)
        if (isKnown) assert.deepEqual(after, before)
        // What waits already may come again.
        else if (!server.store.pendingStructs && !server.store.pendingDs)
          assert.notDeepEqual(after, before)
      }
    }
  })
})

test('[IC1] deletes of unknown ids, and of ids that live, are not contained', () => {
  const doc = new Y.Doc()
  doc.clientID = 1
  doc.getText('content').insert(0, 'abcdef')
  doc.getText('content').delete(1, 2)
  assert.equal(contains(doc, wireBytes(0, 1, 1, 1, 1, 2)), true)
  assert.equal(contains(doc, wireBytes(0, 1, 1, 1, 2, 1)), true)
  assert.equal(contains(doc, wireBytes(0, 1, 1, 1, 1, 3)), false)
  assert.equal(contains(doc, wireBytes(0, 1, 1, 1, 0, 2)), false)
  assert.equal(contains(doc, wireBytes(0, 1, 1, 1, 6, 1)), false)
  assert.equal(contains(doc, wireBytes(0, 1, 2, 1, 0, 1)), false)
})

test('[IC2] compares 20,000 deleted ranges in less than 20 ms', () => {
  const doc = new Y.Doc()
  doc.clientID = 1
  const text = doc.getText('content')
  text.insert(0, 'x'.repeat(60_000))
  doc.transact(() => {
    for (let index = 19_999; index >= 0; index -= 1) text.delete(index * 3, 1)
  })
  const scan = scanned(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(doc)))
  assert.equal(scan.deletes.length, 20_000)
  const rounds = Array.from({ length: 5 }, () => {
    const cpuMs = startCpuTimer()
    assert.equal(isContained(scan, doc), true)
    return cpuMs()
  })
  assert.ok(Math.min(...rounds) < 20, `took ${rounds.join(', ')} ms`)
})
