import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import {
  crookedUpdate,
  randomCrookedStructs,
  type CrookedStruct,
} from '../testing/crooked-updates.ts'
import { fuzz } from '../testing/fuzz.ts'
import type { Random } from '../testing/random.ts'
import { RandomEditors } from '../testing/random-updates.ts'
import { readText, textRootName } from '../text/text-document.ts'
import { cutUpdate, isQuicklyApplied, takesAtMost } from './cut-update.ts'
import type { RootType } from './integration-work.ts'
import type { UpdatePiece } from './piece-builder.ts'
import { startCpuTimer } from '../testing/cpu-timer.ts'

const noLimits = { maxWork: Infinity, maxSteps: 10_000_000 }

function copyOf(document: Y.Doc): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(document))
  return copy
}

/** Applies piece after piece. */
function applyInPieces(
  update: Uint8Array,
  document: Y.Doc,
  limits = noLimits,
  root: RootType = document.getText(textRootName),
): UpdatePiece[] {
  const pieces: UpdatePiece[] = []
  for (const piece of cutUpdate(update, document, root, limits)) {
    if (!piece) continue
    pieces.push(piece)
    Y.applyUpdate(document, piece.update)
  }
  return pieces
}

function assertSame(one: Y.Doc, other: Y.Doc): void {
  assert.equal(readText(one), readText(other))
  assert.ok(Y.equalSnapshots(Y.snapshot(one), Y.snapshot(other)))
  assert.deepEqual(one.store.pendingStructs?.missing, other.store.pendingStructs?.missing)
  assert.deepEqual(one.store.pendingDs, other.store.pendingDs)
}

/** How many items Yjs looks at while it places structs: it puts each into two sets. */
function countSteps(apply: () => void): number {
  const add = Object.getOwnPropertyDescriptor(Set.prototype, 'add')
  assert.ok(add)
  const original = add.value as (this: Set<unknown>, value: unknown) => Set<unknown>
  let added = 0
  Object.defineProperty(Set.prototype, 'add', {
    ...add,
    value(this: Set<unknown>, value: unknown) {
      if (value instanceof Y.Item) added += 1
      return original.call(this, value)
    },
  })
  try {
    apply()
  } finally {
    Object.defineProperty(Set.prototype, 'add', add)
  }
  return added / 2
}

/** A text of single letters, each behind the other. */
function lettersOf(client: number, count: number): Uint8Array {
  const structs = Array.from({ length: count }, (_, clock) => ({
    origin: clock === 0 ? undefined : { client, clock: clock - 1 },
  }))
  return crookedUpdate(client, 0, structs, { root: textRootName })
}

suite('cutting an update', () => {
  test('[CU1] gives pieces that do the same one after the other', () => {
    fuzz({ runs: 150, seed: 8100 }, (random) => {
      const editors = new RandomEditors(random, 'text')
      const [server, twin] = [new Y.Doc(), new Y.Doc()]
      for (let step = 0; step < 30; step += 1) {
        for (const update of editors.step()) {
          if (random.chance(0.3)) continue
          Y.applyUpdate(twin, update)
          applyInPieces(update, server, { ...noLimits, maxWork: random.pick([1, 100, 400, 5_000]) })
          assertSame(server, twin)
        }
      }
    })
  })

  test('[CU1] gives a small update back as the one piece that it is', () => {
    const [author, server] = [new Y.Doc(), new Y.Doc()]
    author.getText(textRootName).insert(0, 'one two')
    author.getText(textRootName).delete(0, 3)
    const pieces = applyInPieces(Y.encodeStateAsUpdate(author), server, {
      ...noLimits,
      maxWork: 10_000,
    })
    assert.equal(pieces.length, 1)
    assert.equal(readText(server), ' two')
  })

  test('[CU2] parts what deletes a whole long text', () => {
    const author = new Y.Doc()
    const text = author.getText(textRootName)
    for (let index = 0; index < 3_000; index += 1) text.insert(0, 'ab')
    const server = copyOf(author)
    const before = Y.encodeStateVector(author)
    text.delete(0, text.length)
    const pieces = applyInPieces(Y.encodeStateAsUpdate(author, before), server, {
      ...noLimits,
      maxWork: 2_000,
    })
    assert.ok(pieces.length > 10, `${pieces.length} pieces`)
    assert.equal(readText(server), '')
    assert.ok(Y.equalSnapshots(Y.snapshot(author), Y.snapshot(server)))
  })

  test('[CU3] never expects less work than finding the places takes', () => {
    fuzz({ runs: 500, seed: 8200 }, (random) => {
      const server = randomDocument(random)
      for (let round = 0; round < 4; round += 1) {
        const client = random.chance(0.5) ? 7 : 2 ** 31 + round
        const structs = randomCrookedStructs(random, server, client, 1 + random.below(40))
        const clock = Y.getState(server.store, client)
        const update = crookedUpdate(client, clock, structs, { root: textRootName })
        for (const piece of cutUpdate(update, server, server.getText(textRootName), {
          ...noLimits,
          maxWork: random.pick([Infinity, 500]),
        })) {
          assert.ok(piece)
          const taken = countSteps(() => Y.applyUpdate(server, piece.update))
          assert.ok(taken <= piece.steps, `${taken} taken, ${piece.steps} expected`)
        }
      }
    })
  })

  test('[CU3] nor of entries of a map', () => {
    fuzz({ runs: 300, seed: 8300 }, (random) => {
      const server = new Y.Doc()
      const map = server.getMap(textRootName)
      for (let round = 0; round < 5; round += 1) {
        const client = random.below(100) + 1
        const key = random.pick(['a', 'b'])
        const clock = Y.getState(server.store, client)
        const chain = Array.from({ length: 1 + random.below(20) }, (_, index) => ({
          origin:
            index > 0 && random.chance(0.7) ? { client, clock: clock + index - 1 } : undefined,
        }))
        const update = crookedUpdate(client, clock, chain, { root: textRootName, key })
        for (const piece of cutUpdate(update, server, map, noLimits)) {
          assert.ok(piece)
          const taken = countSteps(() => Y.applyUpdate(server, piece.update))
          assert.ok(taken <= piece.steps, `${taken} taken, ${piece.steps} expected`)
        }
      }
    })
  })

  test('[CU4] expects little of honest work: long typing, and two that were apart', () => {
    const [ada, grace] = [new Y.Doc(), new Y.Doc()]
    for (const [doc, word] of [
      [ada, 'ada '],
      [grace, 'grace '],
    ] as const) {
      const text = doc.getText(textRootName)
      for (let index = 0; index < 2_000; index += 1) {
        text.insert(text.length, word)
        if (index % 3 === 0) text.delete(text.length - 2, 1)
        if (index % 5 === 0) text.insert(Math.floor(text.length / 2), word)
      }
    }
    let expected = 0
    const taken = countSteps(() => {
      const limits = { ...noLimits, maxWork: 100_000 }
      for (const { steps } of applyInPieces(Y.encodeStateAsUpdate(grace), ada, limits))
        expected += steps
    })
    assert.ok(expected < 3 * taken + 20_000, `${expected} expected, ${taken} taken`)
  })

  test('[CU5] tells of structs that would make Yjs look through the whole text again and again', () => {
    const server = new Y.Doc()
    const text = server.getText(textRootName)
    for (let index = 0; index < 1_000; index += 1) {
      text.insert(text.length, 'ab')
      text.delete(text.length - 1, 1)
    }
    const last = { client: server.clientID, clock: Y.getState(server.store, server.clientID) - 2 }
    const bomb = crookedUpdate(
      1,
      0,
      Array.from({ length: 500 }, (_, index) => ({
        rightOrigin: { ...last, clock: last.clock - index },
      })),
      { root: textRootName },
    )
    assert.equal(isQuicklyApplied({ structCount: 500, deletes: [] }, server, 30_000), false)
    const pieces = applyInPieces(bomb, server, { maxWork: 30_000, maxSteps: 60_000 })
    assert.ok(pieces.length > 20, `${pieces.length} pieces`)
    for (const { steps } of pieces) assert.ok(steps <= 30_000, `${steps} steps in one piece`)
  })

  test('[CU6] counts what waits for others as waiting, and what it will take', () => {
    const server = new Y.Doc()
    Y.applyUpdate(server, lettersOf(9, 50))
    const structs = Array.from({ length: 10 }, (_, index) =>
      index === 0 ? { origin: { client: 5, clock: 3 } } : { rightOrigin: { client: 9, clock: 40 } },
    )
    const update = crookedUpdate(1, 0, structs, { root: textRootName })
    const pieces = applyInPieces(update, server)
    assert.deepEqual(
      pieces.map(({ isWaiting }) => isWaiting),
      [true],
    )
    assert.ok((pieces[0]?.steps ?? 0) >= 9, `${pieces[0]?.steps} steps`)
  })

  test('[CU6] lets others go first between reading much, putting it in order and cutting it', () => {
    const server = new Y.Doc()
    const update = crookedUpdate(9, 0, lettersApart(5_000), { root: textRootName })
    const cut = [...cutUpdate(update, server, server.getText(textRootName), noLimits)]
    assert.deepEqual(
      cut.map((piece) => piece?.update.length),
      [undefined, undefined, update.length],
    )
  })

  test('[CU6] looks no further than what is too much already', () => {
    const server = new Y.Doc()
    Y.applyUpdate(server, crookedUpdate(9, 0, lettersApart(20_000), { root: textRootName }))
    const structs = Array.from({ length: 4_000 }, (_, index) =>
      index === 0
        ? { origin: { client: 5, clock: 3 } }
        : { rightOrigin: { client: 9, clock: 19_000 } },
    )
    const update = crookedUpdate(1, 0, structs, { root: textRootName })
    const cpuMs = startCpuTimer()
    const limits = { maxWork: 30_000, maxSteps: 60_000 }
    const cut = [...cutUpdate(update, server, server.getText(textRootName), limits)]
    const piece = cut.find((one) => one !== undefined)
    const tookMs = cpuMs()
    assert.ok((piece?.steps ?? 0) > limits.maxSteps)
    assert.ok(tookMs < 3_000, `${tookMs} ms`)
  })
})

suite('What small updates take', () => {
  test('a keystroke in a text that many edits have cut up is little, and so is a word deleted', () => {
    const server = cutUpText()
    const typist = copyOf(server)
    const edits = [
      (text: Y.Text) => text.insert(5_000, 'x'),
      (text: Y.Text) => text.delete(7_000, 8),
    ]
    for (const edit of edits) {
      const update = updateOf(typist, edit)
      assert.equal(isQuicklyApplied({ structCount: 1, deletes: [] }, server, 15_000), false)
      assert.equal(takesAtMost(update, server, server.getText(textRootName), 2_000), true)
      Y.applyUpdate(server, update)
    }
    assertSame(server, typist)
  })

  test('what looks through the text for its place, deletes all of it or waits is too much', () => {
    const server = cutUpText()
    const root = server.getText(textRootName)
    const last = { client: 9, clock: 19_999 }
    const deletesAll = updateOf(copyOf(server), (text) => text.delete(0, text.length))
    const acrossAll = crookedUpdate(1, 0, [{ rightOrigin: last }], { root: textRootName })
    const waiting = crookedUpdate(1, 0, [{ origin: { client: 5, clock: 3 } }], {
      root: textRootName,
    })
    for (const update of [deletesAll, acrossAll, waiting])
      assert.equal(takesAtMost(update, server, root, 2_000), false)
  })
})

/** Letters of client 9, one behind the other, which Yjs does not join. */
function lettersApart(count: number): CrookedStruct[] {
  return Array.from({ length: count }, (_, clock) => ({
    origin: clock === 0 ? undefined : { client: 9, clock: clock - 1 },
    rightOrigin: clock % 2 === 0 ? undefined : { client: 9, clock: 0 },
  }))
}

/** Each of its letters is an item of its own, as after years of edits. */
function cutUpText(): Y.Doc {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, crookedUpdate(9, 0, lettersApart(20_000), { root: textRootName }))
  return doc
}

function updateOf(doc: Y.Doc, edit: (text: Y.Text) => void): Uint8Array {
  const updates: Uint8Array[] = []
  const keep = (update: Uint8Array) => updates.push(update)
  doc.on('update', keep)
  edit(doc.getText(textRootName))
  doc.off('update', keep)
  return Y.mergeUpdates(updates)
}

function randomDocument(random: Random): Y.Doc {
  const editors = new RandomEditors(random, 'text')
  const server = new Y.Doc()
  for (let step = 0; step < 10; step += 1)
    for (const update of editors.step()) Y.applyUpdate(server, update)
  return server
}
