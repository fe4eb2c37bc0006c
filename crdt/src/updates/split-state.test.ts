import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { fuzz } from '../testing/fuzz.ts'
import { RandomEditors } from '../testing/random-updates.ts'
import { readText } from '../text/text-document.ts'
import { splitState } from './split-state.ts'

test('[SS1] the pieces of a state give the state, whoever wrote it and whatever waits in it', () => {
  fuzz({ runs: 200, seed: 8400 }, (random) => {
    const editors = new RandomEditors(random, 'text')
    const whole = new Y.Doc()
    for (let step = 0; step < 40; step += 1)
      for (const update of editors.step()) if (random.chance(0.8)) Y.applyUpdate(whole, update)
    const state = Y.encodeStateAsUpdate(whole)
    const loaded = new Y.Doc()
    for (const piece of splitState(state, random.pick([1, 3, 10, 1_000])))
      Y.applyUpdate(loaded, piece)
    assert.equal(readText(loaded), readText(whole))
    assert.deepEqual(Y.encodeStateAsUpdate(loaded), state)
  })
})

test('[SS2] no piece holds more parts than it may', () => {
  const doc = new Y.Doc()
  const text = doc.getText('content')
  for (let index = 0; index < 500; index += 1) text.insert((index * 7) % (text.length + 1), 'ab')
  for (const piece of splitState(Y.encodeStateAsUpdate(doc), 50))
    assert.ok(Y.decodeUpdate(piece).structs.length <= 50)
})
