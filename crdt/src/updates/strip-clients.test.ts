import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { readText } from '../text/text-document.ts'
import { fuzz } from '../testing/fuzz.ts'
import { RandomEditors } from '../testing/random-updates.ts'
import { wireBytes } from '../testing/wire-bytes.ts'
import { stateUpdateLimits } from './scan-limits.ts'
import { scanUpdate } from './scan-update.ts'
import { stripClients } from './strip-clients.ts'
import type { UpdateScan } from './update-scan.ts'

function scanned(update: Uint8Array): UpdateScan {
  const scan = scanUpdate(update, stateUpdateLimits)
  if (scan.kind === 'refused') assert.fail(scan.detail)
  return scan
}

test('[SC1] takes out the structs of the named clients and keeps all else, deletes of theirs included', () => {
  fuzz({ runs: 100, seed: 300 }, (random) => {
    const editors = new RandomEditors(random, 'general')
    for (let step = 0; step < 20; step += 1) {
      for (const update of editors.step()) {
        const foreign = random.pick(editors.docs).clientID
        const before = scanned(update)
        const after = scanned(stripClients(update, [foreign]))
        assert.deepEqual(
          after.structs,
          before.structs.filter(({ client }) => client !== foreign),
        )
        assert.deepEqual(after.deletes, before.deletes)
      }
    }
  })
})

test('[SC1] what is left applies, and the whole comes true when the rest arrives another way', () => {
  const [mine, theirs] = [new Y.Doc(), new Y.Doc()]
  mine.getText('content').insert(0, 'base')
  Y.applyUpdate(theirs, Y.encodeStateAsUpdate(mine))
  theirs.getText('content').insert(4, ' theirs')
  Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs))
  mine.getText('content').insert(11, ' mine')
  const server = new Y.Doc()
  Y.applyUpdate(server, stripClients(Y.encodeStateAsUpdate(mine), [theirs.clientID]))
  assert.equal(readText(server), 'base')
  Y.applyUpdate(server, Y.encodeStateAsUpdate(theirs))
  assert.equal(readText(server), 'base theirs mine')
})

test('[SC2] gives the same bytes when no named client is in it, and an empty update when all are', () => {
  const update = wireBytes(1, 1, 5, 0, 0, 3, 0)
  assert.deepEqual(stripClients(update, [4]), update)
  assert.deepEqual(stripClients(update, [5]), wireBytes(0, 0))
  assert.deepEqual(stripClients(wireBytes(0, 1, 5, 1, 0, 2), [5]), wireBytes(0, 1, 5, 1, 0, 2))
  assert.throws(() => stripClients(new Uint8Array([9]), [5]))
})
